"""Returning a lead: who may ask and when, what staff's decision moves, and that nothing moves twice."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from PIL import Image

from accounts.models import AuditEntry
from deposits.errors import MovementRepeated
from deposits.models import DepositTransaction
from deposits.reconciliation import deposit_differences
from deposits.services import refund_commission, suspend_deposit
from leads.errors import (
    EarningNotPossible,
    LeadNotFound,
    LeadNotReturnable,
    LeadReturnDecided,
    LeadReturnExists,
    LeadReturnNotFound,
    LeadReturnOpen,
    ReturnWindowOver,
)
from leads.models import EarningEntry, InfluencerBalance, Lead, LeadReturn
from leads.reconciliation import earning_differences, lead_differences
from leads.services import (
    accept_return,
    ask_return,
    make_earning_payable,
    make_earnings_payable,
    mark_converted,
    mark_lost,
    refuse_return,
    validate_lead,
)
from leads.services.returns import can_be_returned
from leads.signals import lead_return_asked, lead_return_decided
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.raw_sql import refused

DAYS_7 = timedelta(days=7)
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def image(kind: str) -> bytes:
    content = BytesIO()
    Image.new("RGB", (4, 4)).save(content, kind)
    return content.getvalue()


def validated(personas) -> Lead:
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def asked(personas, lead=None, **changes) -> LeadReturn:
    arguments = {"reason": "wrong_contact", "details": "Numéro inconnu"} | changes
    with acting_as(personas.as_owner):
        return ask_return(lead_id=(lead or validated(personas)).pk, **arguments)


def accepted(personas, found: LeadReturn) -> LeadReturn:
    with acting_as(personas.as_staff):
        return accept_return(return_id=found.pk, note="Vérifié")


def amounts(personas) -> tuple[Decimal, Decimal]:
    """Earned and payable."""
    with acting_as(SYSTEM):
        balance = InfluencerBalance.objects.get(influencer=personas.influencer)
    return balance.earned_amount, balance.payable_amount


def deposit_balance(personas) -> Decimal:
    with acting_as(SYSTEM):
        personas.deposit.refresh_from_db()
    return personas.deposit.current_balance


def books_are_right() -> bool:
    with acting_as(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert broken_invariants("default") == {}
        assert [*deposit_differences(), *lead_differences(), *earning_differences()] == []
    return True


def test_accepted_return_refunds_the_deposit_and_takes_the_share_back(personas):
    lead = validated(personas)
    assert (deposit_balance(personas), amounts(personas)) == (Decimal("4940.00"), (Decimal("18.00"), Decimal("0.00")))

    decided = accepted(personas, asked(personas, lead))

    assert (deposit_balance(personas), amounts(personas)) == (Decimal("5000.00"), (Decimal("0.00"), Decimal("0.00")))
    assert (decided.status, decided.decided_by_id, decided.decision_note) == ("accepted", personas.staff.pk, "Vérifié")
    with acting_as(SYSTEM):
        refund = DepositTransaction.objects.get(kind="refund")
        entry = EarningEntry.objects.get(kind="reversed")
        actions = list(AuditEntry.objects.filter(action__startswith="leads.return").values_list("action", flat=True))
    assert (refund.lead_id, refund.amount, refund.user_id) == (lead.pk, Decimal("60.00"), personas.staff.pk)
    assert (entry.lead_id, entry.amount, entry.sequence) == (lead.pk, Decimal("18.00"), 2)
    assert set(actions) == {"leads.return.asked", "leads.return.accepted"}
    assert books_are_right()


def test_a_share_that_is_payable_is_taken_from_payable(personas):
    validated(personas)
    other = validated(personas)
    with acting_as(personas.as_staff):
        make_earning_payable(lead_id=other.pk)
    assert amounts(personas) == (Decimal("18.00"), Decimal("18.00"))

    accepted(personas, asked(personas, other))

    assert amounts(personas) == (Decimal("18.00"), Decimal("0.00"))
    assert books_are_right()


def test_repeating_any_step_is_harmless(personas):
    lead = validated(personas)
    first, again = asked(personas, lead), asked(personas, lead)
    assert first.pk == again.pk
    accepted(personas, first)
    accepted(personas, first)
    refused_one = asked(personas)
    for _time in range(2):
        with acting_as(personas.as_staff):
            refuse_return(return_id=refused_one.pk, note="Client joint")

    with acting_as(SYSTEM):
        assert DepositTransaction.objects.filter(kind="refund").count() == 1
        assert EarningEntry.objects.filter(kind="reversed").count() == 1
        assert AuditEntry.objects.filter(action__startswith="leads.return").count() == 4
    assert books_are_right()


def test_a_decision_stands(personas):
    first, second = asked(personas), asked(personas)
    accepted(personas, first)
    with acting_as(personas.as_staff):
        refuse_return(return_id=second.pk, note="Client joint")
        with pytest.raises(LeadReturnDecided):
            refuse_return(return_id=first.pk, note="Non")
        with pytest.raises(LeadReturnDecided):
            accept_return(return_id=second.pk)
    assert books_are_right()


@pytest.mark.parametrize(
    ("after", "refusal"), [(DAYS_7 - timedelta(seconds=2), None), (DAYS_7 + timedelta(seconds=1), ReturnWindowOver)]
)
def test_the_window_is_seven_days(personas, after, refusal):
    lead = validated(personas)
    with time_machine.travel(lead.decided_at + after, tick=False):
        assert can_be_returned(lead) is (refusal is None)
        if refusal:
            with pytest.raises(refusal):
                asked(personas, lead)
        else:
            assert asked(personas, lead).status == "asked"


def test_only_validated_leads_are_returned(personas):
    pending, converted, lost = personas.submit(), validated(personas), validated(personas)
    with acting_as(personas.as_owner):
        mark_converted(lead_id=converted.pk)
        mark_lost(lead_id=lost.pk)
    for lead in (pending, converted, lost):
        with pytest.raises(LeadNotReturnable):
            asked(personas, lead)


def test_outcome_waits_for_the_decision_and_is_never_told_of_a_returned_lead(personas):
    lead = validated(personas)
    found = asked(personas, lead)
    with acting_as(personas.as_owner), pytest.raises(LeadReturnOpen):
        mark_lost(lead_id=lead.pk)
    with acting_as(personas.as_staff):
        refuse_return(return_id=found.pk, note="Client joint")
    with acting_as(personas.as_owner):
        assert mark_converted(lead_id=lead.pk).status == "converted"
    returned = validated(personas)
    accepted(personas, asked(personas, returned))
    with acting_as(personas.as_owner), pytest.raises(LeadReturnOpen):
        mark_converted(lead_id=returned.pk)
    assert books_are_right()


def test_open_and_accepted_returns_hold_the_earning(personas):
    lead = validated(personas)
    later = lead.decided_at + DAYS_7 + timedelta(hours=1)
    found = asked(personas, lead)
    assert make_earnings_payable(now=later) == 0
    with acting_as(personas.as_staff), pytest.raises(EarningNotPossible):
        make_earning_payable(lead_id=lead.pk)
    accepted(personas, found)
    assert make_earnings_payable(now=later) == 0
    with acting_as(personas.as_staff), pytest.raises(EarningNotPossible):
        make_earning_payable(lead_id=lead.pk)
    assert amounts(personas) == (Decimal("0.00"), Decimal("0.00"))


def test_a_refused_return_lets_the_earning_become_payable(personas):
    lead = validated(personas)
    found = asked(personas, lead)
    with acting_as(personas.as_staff):
        refuse_return(return_id=found.pk, note="Client joint")

    assert make_earnings_payable(now=lead.decided_at + DAYS_7) == 1
    assert amounts(personas) == (Decimal("0.00"), Decimal("18.00"))
    assert books_are_right()


def test_a_suspended_deposit_gets_its_refund_too(personas):
    found = asked(personas)
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Contrôle")
    accepted(personas, found)
    assert deposit_balance(personas) == Decimal("5000.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "boring"}, "reason"),
        ({"reason": "other", "details": "  "}, "details"),
        ({"details": "x" * 1001}, "details"),
        ({"proof": ContentFile(b"", name="a.pdf")}, "proof"),
        ({"proof": ContentFile(b"<script>", name="a.pdf")}, "proof"),
        ({"proof": ContentFile(b"GIF89a....", name="a.png")}, "proof"),
        ({"proof": ContentFile(b"%PDF-1.7" + b"0" * 5_300_000 + b"%%EOF", name="a.pdf")}, "proof"),
        ({"proof": ContentFile(image("GIF"), name="a.png")}, "proof"),
        ({"proof": ContentFile(image("PNG")[:20], name="a.png")}, "proof"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_stores_nothing(personas, media, changes, field):
    lead = validated(personas)
    with pytest.raises(InvalidInput) as caught:
        asked(personas, lead, **changes)
    assert set(caught.value.fields) == {field}
    assert not [path for path in media.rglob("*") if path.is_file()]
    with acting_as(SYSTEM):
        assert not LeadReturn.objects.exists()


@pytest.mark.parametrize(("content", "extension"), [(PDF, "pdf"), (image("PNG"), "png"), (image("JPEG"), "jpg")])
def test_proof_is_kept_by_its_content_under_a_name_of_ours(personas, content, extension):
    found = asked(personas, proof=ContentFile(content, name="../../evil.exe"))
    assert found.proof.name.startswith("returns/")
    assert found.proof.name.endswith(f".{extension}")
    assert "evil" not in found.proof.name
    with found.proof.open() as stored:
        assert stored.read() == content


def test_strangers_neither_ask_nor_decide_nor_see(personas):
    lead = validated(personas)
    for actor in (personas.as_other_owner, personas.as_influencer):
        with acting_as(actor), pytest.raises(LeadNotFound):
            ask_return(lead_id=lead.pk, reason="fraud")
    found = asked(personas, lead)
    for actor in (personas.as_owner, personas.as_influencer, personas.as_other_owner):
        with acting_as(actor), pytest.raises(LeadReturnNotFound):
            accept_return(return_id=found.pk)
        with acting_as(actor), pytest.raises(LeadReturnNotFound):
            refuse_return(return_id=found.pk, note="Non")
    for actor, count in (
        (personas.as_owner, 1),
        (personas.as_member, 1),
        (personas.as_influencer, 1),
        (personas.as_other_owner, 0),
        (personas.as_other_influencer, 0),
    ):
        with acting_as(actor):
            assert LeadReturn.objects.count() == count
    assert books_are_right()


def test_raw_sql_gets_round_nothing(personas):
    lead = validated(personas)
    ids = f"'{personas.deposit.pk}', '{lead.pk}', 60.00"
    assert refused(SYSTEM, f"SELECT refund_commission({ids})") == "LM014"
    assert refused(SYSTEM, f"SELECT reverse_earning('{lead.pk}')") == "LM023"
    found = asked(personas, lead)
    for actor in (personas.as_owner, personas.as_influencer, personas.as_other_owner):
        assert refused(actor, f"SELECT refund_commission({ids})") == "LM013"
        assert refused(actor, f"SELECT reverse_earning('{lead.pk}')") == "LM013"
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute("UPDATE leads_leadreturn SET status = 'accepted', decided_at = now()")
            assert cursor.rowcount == 0
        assert refused(actor, f"DELETE FROM leads_leadreturn WHERE id = '{found.pk}'") == "42501"
    assert refused(SYSTEM, "UPDATE leads_leadreturn SET reason = 'fraud'") == "LM001"
    accepted(personas, found)
    assert refused(SYSTEM, "UPDATE leads_leadreturn SET status = 'refused', decision_note = 'x'") == "LM001"
    with pytest.raises(MovementRepeated), acting_as(SYSTEM):
        refund_commission(deposit_id=personas.deposit.pk, lead_id=lead.pk, amount=lead.commission_amount)


def test_a_second_request_is_refused(personas):
    lead = validated(personas)
    asked(personas, lead)
    with pytest.raises(LeadReturnExists):
        asked(personas, lead, reason="fraud")


def test_signals_are_sent_once_inside_the_transaction(personas):
    sent = []

    def listen(**signal):
        sent.append((signal["signal"], signal["lead_return"].status, connection.in_atomic_block))

    lead_return_asked.connect(listen)
    lead_return_decided.connect(listen)
    try:
        found = asked(personas)
        accepted(personas, found)
        accepted(personas, found)
    finally:
        lead_return_asked.disconnect(listen)
        lead_return_decided.disconnect(listen)
    assert sent == [(lead_return_asked, "asked", True), (lead_return_decided, "accepted", True)]


def test_accepting_twice_and_refusing_at_once_moves_money_once(committed_personas):
    personas = committed_personas
    with crowd(3) as people:
        for _round in range(10):
            found = asked(personas)

            def decide(function, **arguments):
                with acting_as(personas.as_staff):
                    return function(**arguments)

            outcomes = people.at_once(
                partial(decide, accept_return, return_id=found.pk),
                partial(decide, accept_return, return_id=found.pk),
                partial(decide, refuse_return, return_id=found.pk, note="Non"),
            )
            errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            assert all(isinstance(error, LeadReturnDecided) for error in errors), outcomes
            with acting_as(SYSTEM):
                found.refresh_from_db()
                refunds = DepositTransaction.objects.filter(kind="refund", lead_id=found.lead_id).count()
            assert refunds == (1 if found.status == "accepted" else 0)
    with acting_as(SYSTEM):
        assert broken_invariants("default") == {}
        assert [*lead_differences(), *earning_differences()] == []
