"""Payouts: asked for, approved, exported, paid or failed; each step once, by whom it belongs to, with right books."""

import csv
import json
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import translation

from accounts.models import AuditEntry
from deposits.errors import AmountTooSmall, DepositNotActorsOwn
from leads.models import EarningEntry, InfluencerBalance
from leads.reconciliation import earning_differences, lead_differences
from leads.services import accept_return, ask_return
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput, NotAllowed
from payments.errors import PayoutNotFound, PayoutOpen, PayoutStepNotPossible, PayoutTooLarge
from payments.models import Payout, PayoutBatch, PayoutSeries, PayoutStatement
from payments.reconciliation import payout_differences
from payments.selectors.payouts import payout_state
from payments.selectors.receipts import stored_pdf
from payments.services import (
    approve_payouts,
    export_batch_csv,
    mark_payout_failed,
    mark_payout_paid,
    render_due_statements,
    render_statement,
    request_payout,
)
from payments.signals import payout_approved, payout_failed, payout_paid, payout_requested
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.earning import RIB, earn, earn_payable, make_leads_rich
from tests.raw_sql import refused


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def rich(personas):
    """Salma with 600.00 payable."""
    make_leads_rich(personas)
    earn_payable(personas)
    earn_payable(personas)
    return personas


def ask(personas, amount="600.00", **changes) -> Payout:
    arguments = {"holder_name": "Salma Bennani", "rib": RIB} | changes
    with acting_as(personas.as_influencer):
        return request_payout(influencer_id=personas.influencer.pk, amount=Decimal(amount), **arguments)


def approve(personas, *payouts: Payout) -> PayoutBatch:
    with acting_as(personas.as_staff):
        return approve_payouts(payout_ids=[payout.pk for payout in payouts])


def pay(personas, payout: Payout) -> Payout:
    with acting_as(personas.as_staff):
        return mark_payout_paid(payout_id=payout.pk)


def fail(personas, payout: Payout, reason="RIB inconnu") -> Payout:
    with acting_as(personas.as_staff):
        return mark_payout_failed(payout_id=payout.pk, reason=reason)


def buckets(personas) -> tuple[int, int, int, int]:
    with acting_as(SYSTEM):
        row = InfluencerBalance.objects.get(influencer=personas.influencer)
    return tuple(
        int(amount) for amount in (row.earned_amount, row.payable_amount, row.in_payout_amount, row.paid_amount)
    )


def assert_books_are_right() -> None:
    with acting_as(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert broken_invariants("default") == {}
        assert [*lead_differences(), *earning_differences(), *payout_differences()] == []


def audits(action: str) -> list[dict]:
    with acting_as(SYSTEM):
        return list(AuditEntry.objects.filter(action=action).values_list("data", flat=True))


def test_a_payout_from_request_to_paid(rich):
    payout = ask(rich, "450.50")
    assert buckets(rich) == (0, 149, 450, 0)
    assert (payout.status, payout.masked_rib) == ("requested", "011 519 •••• 21")
    assert payout.reference.startswith("VRS")

    batch = approve(rich, payout)
    paid = pay(rich, payout)

    assert batch.number.startswith("V-2026-0001")
    assert (paid.status, paid.batch_id) == ("paid", batch.pk)
    with acting_as(SYSTEM):
        row = InfluencerBalance.objects.get()
        kinds = list(
            EarningEntry.objects.filter(payout_id=payout.pk).order_by("sequence").values_list("kind", flat=True)
        )
    assert (row.payable_amount, row.in_payout_amount, row.paid_amount) == (Decimal("149.50"), 0, Decimal("450.50"))
    assert kinds == ["payout_requested", "payout_paid"]
    assert_books_are_right()


def test_a_failed_payout_comes_back_and_can_be_asked_for_again(rich):
    payout = ask(rich)
    approve(rich, payout)

    failed = fail(rich, payout)

    assert buckets(rich) == (0, 600, 0, 0)
    assert (failed.status, failed.failure_reason) == ("failed", "RIB inconnu")
    assert ask(rich).status == "requested"
    assert_books_are_right()


def test_a_request_can_fail_before_approval(rich):
    fail(rich, ask(rich), "Titulaire différent")
    assert buckets(rich) == (0, 600, 0, 0)
    assert_books_are_right()


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"amount": "199.99"}, AmountTooSmall, "amount"),
        ({"amount": "600.01"}, PayoutTooLarge, "amount"),
        ({"amount": "NaN"}, InvalidInput, "amount"),
        ({"amount": "250.005"}, InvalidInput, "amount"),
        ({"rib": RIB[:-1] + "2"}, InvalidInput, "rib"),
        ({"rib": RIB[:-1]}, InvalidInput, "rib"),
        ({"holder_name": "  "}, InvalidInput, "holder_name"),
        ({"holder_name": "x" * 81}, InvalidInput, "holder_name"),
    ],
)
def test_bad_requests_are_told_beside_the_field_and_move_nothing(rich, changes, refusal, field):
    with pytest.raises(refusal) as caught:
        ask(rich, **changes)
    assert set(caught.value.fields) == {field}
    assert buckets(rich) == (0, 600, 0, 0)
    with acting_as(SYSTEM):
        assert not Payout.objects.exists()


def test_the_smallest_and_the_largest_payout(rich):
    fail(rich, ask(rich, "200.00"))
    assert ask(rich, "600.00").amount == Decimal("600.00")


def test_one_open_payout_at_a_time(rich):
    payout = ask(rich, "200.00")
    with pytest.raises(PayoutOpen):
        ask(rich, "200.00")
    approve(rich, payout)
    with pytest.raises(PayoutOpen):
        ask(rich, "200.00")
    pay(rich, payout)
    assert ask(rich, "200.00").status == "requested"


def test_what_is_earned_but_not_payable_cannot_be_paid_out(rich):
    earn(rich)
    with pytest.raises(PayoutTooLarge):
        ask(rich, "700.00")


def test_steps_repeat_harmlessly_and_never_contradict(rich):
    payout = ask(rich)
    with pytest.raises(PayoutStepNotPossible):
        pay(rich, payout)
    approve(rich, payout)
    with pytest.raises(PayoutStepNotPossible):
        approve(rich, payout)
    pay(rich, payout)
    pay(rich, payout)
    with pytest.raises(PayoutStepNotPossible):
        fail(rich, payout)
    with acting_as(rich.as_staff), pytest.raises(PayoutNotFound):
        mark_payout_paid(payout_id=rich.influencer.pk)
    assert buckets(rich) == (0, 0, 0, 600)
    assert len(audits("payments.payout.paid")) == 1
    with acting_as(SYSTEM):
        assert PayoutStatement.objects.count() == 1


def test_a_reason_is_needed_to_fail(rich):
    payout = ask(rich)
    for reason in ("", "   ", "x" * 201):
        with pytest.raises(InvalidInput):
            fail(rich, payout, reason)


def test_staff_overrides_a_wrong_key_with_a_note_and_nobody_else_can(rich):
    wrong = RIB[:-1] + "2"
    with pytest.raises(NotAllowed):
        ask(rich, rib=wrong, key_note="Je suis sûre")
    with acting_as(rich.as_staff):
        payout = request_payout(
            influencer_id=rich.influencer.pk,
            amount=Decimal("300.00"),
            holder_name="Salma Bennani",
            rib=wrong,
            key_note="Confirmé par la banque",
        )
    assert payout.has_other_key
    (data,) = audits("payments.payout.requested")
    assert data == {"amount": "300.00", "rib": "011 519 •••• 22", "key_note": "Confirmé par la banque"}


def test_batches_are_numbered_without_a_gap(rich):
    first = approve(rich, ask(rich, "200.00"))
    with acting_as(SYSTEM):
        payout = Payout.objects.get()
    pay(rich, payout)
    second_payout = ask(rich, "200.00")
    with transaction.atomic():
        approve(rich, second_payout)
        transaction.set_rollback(True)
    second = approve(rich, second_payout)
    assert [first.number[-4:], second.number[-4:]] == ["0001", "0002"]


def test_csv_for_the_bank(rich):
    payout = ask(rich, "234.50", holder_name="=HYPERLINK(1)")
    batch = approve(rich, payout)

    with acting_as(rich.as_staff):
        lines = export_batch_csv(batch_id=batch.pk)
    text = "".join(lines)

    assert list(csv.reader(text.splitlines())) == [
        ["holder", "rib", "amount", "reference"],
        ["'=HYPERLINK(1)", RIB, "234.50", payout.reference],
    ]
    (data,) = audits("payments.payout_batch.exported")
    assert data == {"number": batch.number, "payouts": 1, "total": "234.50"}
    fail(rich, payout)
    with acting_as(rich.as_staff):
        assert list(export_batch_csv(batch_id=batch.pk)) == ["holder,rib,amount,reference\r\n"]
    for actor in (rich.as_influencer, rich.as_owner):
        with acting_as(actor), pytest.raises(PayoutNotFound):
            export_batch_csv(batch_id=batch.pk)


def test_audit_rows_hold_no_whole_rib(rich):
    payout = ask(rich)
    batch = approve(rich, payout)
    with acting_as(rich.as_staff):
        list(export_batch_csv(batch_id=batch.pk))
    pay(rich, payout)
    with acting_as(SYSTEM):
        assert RIB not in json.dumps(list(AuditEntry.objects.values_list("data", flat=True)))


def _kept_statements() -> list[str]:
    return default_storage.listdir("payouts")[1] if default_storage.exists("payouts") else []


def test_statement_is_frozen_and_its_file_the_same_for_ever(rich):
    payout = ask(rich, "500.00")
    approve(rich, payout)
    pay(rich, payout)
    with acting_as(SYSTEM):
        statement = PayoutStatement.objects.get()
    assert statement.number == "RV-2026-000001"
    assert [(entry["kind"], entry["change"]) for entry in statement.data["entries"]] == [("payable", "300.00")] * 2
    assert (statement.data["opening"], statement.data["closing"]) == ("0.00", "100.00")
    assert RIB not in json.dumps(statement.data)

    before = set(_kept_statements())
    assert render_due_statements() == 1
    first = render_statement(statement.pk)
    second = render_statement(statement.pk)

    assert stored_pdf(first) == stored_pdf(second)
    assert stored_pdf(first).startswith(b"%PDF-")
    assert render_due_statements() == 0
    assert len(set(_kept_statements()) - before) == 1
    assert refused(SYSTEM, "UPDATE payments_payoutstatement SET amount = 1") == "LM001"


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_statement_in_each_language(rich, language):
    with translation.override(language):
        payout = ask(rich)
    approve(rich, payout)
    pay(rich, payout)
    with acting_as(SYSTEM):
        statement = PayoutStatement.objects.get()
    assert statement.language == language
    assert len(stored_pdf(render_statement(statement.pk))) > 5000


def test_the_next_statement_covers_what_came_since_also_a_failed_payout(rich):
    first = ask(rich, "500.00")
    approve(rich, first)
    pay(rich, first)
    earn_payable(rich)
    fail(rich, ask(rich, "400.00"))
    second = ask(rich, "400.00")
    approve(rich, second)
    pay(rich, second)

    with acting_as(SYSTEM):
        data = PayoutStatement.objects.order_by("id").last().data
    assert [(entry["kind"], entry["change"]) for entry in data["entries"]] == [
        ("payable", "300.00"),
        ("payout_requested", "-400.00"),
        ("payout_failed", "400.00"),
    ]
    assert (data["opening"], data["amount"], data["closing"]) == ("100.00", "400.00", "0.00")


def test_a_return_after_the_payout_leaves_less_than_nothing_and_later_earnings_make_up_for_it(rich):
    lead = earn_payable(rich)
    payout = ask(rich, "900.00")
    approve(rich, payout)
    pay(rich, payout)
    with acting_as(rich.as_owner):
        found = ask_return(lead_id=lead.pk, reason="fraud")
    with acting_as(rich.as_staff):
        accept_return(return_id=found.pk)

    assert buckets(rich) == (0, -300, 0, 900)
    with acting_as(rich.as_influencer):
        state = payout_state(rich.influencer.pk)
    assert (state.can_request, state.owed_amount, state.missing_amount) == (False, Decimal("300.00"), Decimal("500.00"))
    with pytest.raises(PayoutTooLarge):
        ask(rich, "200.00")
    earn_payable(rich)
    assert buckets(rich) == (0, 0, 0, 900)
    earn_payable(rich)
    assert ask(rich, "300.00").status == "requested"
    assert_books_are_right()


def test_people_see_their_own_and_do_what_is_theirs(rich):
    payout = ask(rich)
    batch = approve(rich, payout)
    pay(rich, payout)
    for actor, seen in (
        (rich.as_influencer, (1, 0, 1)),
        (rich.as_staff, (1, 1, 1)),
        (rich.as_other_influencer, (0, 0, 0)),
        (rich.as_owner, (0, 0, 0)),
        (rich.as_other_owner, (0, 0, 0)),
    ):
        with acting_as(actor):
            assert (Payout.objects.count(), PayoutBatch.objects.count(), PayoutStatement.objects.count()) == seen
            if actor != rich.as_staff:
                assert not PayoutSeries.objects.exists()
    influencer, pk = rich.influencer.pk, payout.pk
    request = f"SELECT request_payout('{influencer}', 200, 'VRSX', 'X', '{RIB}', false, 'fr')"
    for actor in (rich.as_owner, rich.as_other_influencer, rich.as_other_owner):
        assert refused(actor, request) == "LM013"
    assert refused(rich.as_influencer, request.replace("false", "true")) == "LM013"
    for actor in (rich.as_influencer, rich.as_owner, rich.as_other_influencer):
        assert refused(actor, f"SELECT approve_payouts(ARRAY['{pk}'::uuid], 'V-2026')") == "LM013"
        assert refused(actor, f"SELECT end_payout('{pk}', 'paid', '')") == "LM013"
        with pytest.raises(DepositNotActorsOwn), acting_as(actor):
            approve_payouts(payout_ids=[pk])
    for actor in (SYSTEM, rich.as_staff, rich.as_influencer):
        for sql in (
            f"UPDATE payments_payout SET amount = 900 WHERE id = '{pk}'",
            "DELETE FROM payments_payout",
            "INSERT INTO payments_payout DEFAULT VALUES",
            f"UPDATE payments_payoutbatch SET number = 'X' WHERE id = '{batch.pk}'",
            "DELETE FROM payments_payoutstatement",
            "SELECT next_payout_serial('V-2026')",
            f"SELECT move_earning('{influencer}', 'payout_paid', 1)",
        ):
            assert refused(actor, sql) == "42501", sql


def test_year_amount_and_threshold(rich):
    with acting_as(rich.as_influencer):
        assert not payout_state(rich.influencer.pk).is_near_threshold
    payout = ask(rich)
    with acting_as(rich.as_influencer):
        state = payout_state(rich.influencer.pk)
    assert (state.year, state.year_amount, state.threshold_amount) == (2026, Decimal("600.00"), Decimal("80000.00"))
    fail(rich, payout)
    with acting_as(rich.as_influencer):
        assert payout_state(rich.influencer.pk).year_amount == 0


def test_signals_are_sent_once_inside_the_transaction(rich):
    sent = []

    def listen(**signal):
        sent.append((signal["signal"], signal["payout"].status, connection.in_atomic_block))

    signals = (payout_requested, payout_approved, payout_paid, payout_failed)
    for signal in signals:
        signal.connect(listen)
    try:
        first = ask(rich, "200.00")
        approve(rich, first)
        pay(rich, first)
        pay(rich, first)
        fail(rich, ask(rich, "200.00"))
    finally:
        for signal in signals:
            signal.disconnect(listen)
    assert [(signal, status) for signal, status, _inside in sent] == [
        (payout_requested, "requested"),
        (payout_approved, "approved"),
        (payout_paid, "paid"),
        (payout_requested, "requested"),
        (payout_failed, "failed"),
    ]
    assert all(inside for *_rest, inside in sent)


ROUNDS = 10


@pytest.fixture
def rich_crowd(committed_personas):
    make_leads_rich(committed_personas)
    return committed_personas


def test_two_requests_at_once_make_one_payout(rich_crowd):
    with crowd(3) as people:
        for _round in range(ROUNDS):
            earn_payable(rich_crowd)
            outcomes = people.at_once(*[partial(ask, rich_crowd, "200.00")] * 3)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Payout", "PayoutOpen", "PayoutOpen"]
            with acting_as(SYSTEM):
                (payout,) = Payout.objects.filter(status="requested")
            fail(rich_crowd, payout)
    assert_books_are_right()


def test_a_request_while_a_return_is_accepted_never_pays_what_was_taken_back(rich_crowd):
    def accept(found):
        with acting_as(rich_crowd.as_staff):
            return accept_return(return_id=found.pk)

    with crowd(2) as people:
        for _round in range(ROUNDS):
            lead = earn_payable(rich_crowd)
            payable = buckets(rich_crowd)[1]
            with acting_as(rich_crowd.as_owner):
                found = ask_return(lead_id=lead.pk, reason="fraud")
            accepted, asked = people.at_once(
                partial(accept, found), partial(ask, rich_crowd, str(max(payable, 200)) + ".00")
            )
            assert accepted.status == "accepted"
            if isinstance(asked, Payout):
                # Asked for first: the share is owed now, and comes back with the failure.
                assert buckets(rich_crowd)[1] == -300
                fail(rich_crowd, asked)
            else:
                assert type(asked) is PayoutTooLarge
            assert buckets(rich_crowd)[1] == payable - 300
    assert_books_are_right()


def test_paid_and_failed_at_once_end_one_way(rich_crowd):
    earn_payable(rich_crowd)
    earn_payable(rich_crowd)
    with crowd(4) as people:
        for _round in range(ROUNDS):
            if buckets(rich_crowd)[1] < 200:
                earn_payable(rich_crowd)
            payout = ask(rich_crowd, "200.00")
            approve(rich_crowd, payout)
            _before, payable, in_payout, paid = buckets(rich_crowd)
            assert in_payout == 200
            outcomes = people.at_once(*[partial(pay, rich_crowd, payout)] * 2, *[partial(fail, rich_crowd, payout)] * 2)
            kinds = sorted(type(outcome).__name__ for outcome in outcomes)
            assert kinds == ["Payout", "Payout", "PayoutStepNotPossible", "PayoutStepNotPossible"]
            assert buckets(rich_crowd)[1:] in ((payable, 0, paid + 200), (payable + 200, 0, paid))
    assert_books_are_right()
