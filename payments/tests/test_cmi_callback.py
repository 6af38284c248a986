"""A card payment over the CMI protocol, against an acquirer that checks our form and acts on our answer.

What must hold after anything: the card is debited exactly when the deposit is credited.
"""

import logging
import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from deposits.models import DepositTransaction
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from payments.gateways import available_gateways
from payments.models import CardOrder, Payment, Receipt, ReviewItem, WebhookEvent
from payments.services import (
    cancel_payment,
    continue_payment,
    give_up_unanswered_callbacks,
    process_due_events,
    process_event,
    replay_event,
    report_missing_callbacks,
    start_recharge,
)
from tests.crowd import crowd
from tests.fakes.cmi import CLIENT_ID, STORE_KEY, FakeAcquirer, their_hash

CAPTURE, NOTED, FAILURE = "ACTION=POSTAUTH", "APPROVED", "FAILURE"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _switched_on(settings):
    settings.CMI_CLIENT_ID = CLIENT_ID
    settings.CMI_STORE_KEY = STORE_KEY
    settings.CMI_GATEWAY_URL = "https://testpayment.cmi.example/fim/est3Dgate"


@pytest.fixture
def acquirer() -> FakeAcquirer:
    return FakeAcquirer()


@pytest.fixture
def started(committed_personas):
    return start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="cmi",
    )


@pytest.fixture
def oid(acquirer, started) -> str:
    return acquirer.open_page(started.form_fields)


@pytest.fixture
def owner_sql():
    """A function that runs SQL as the owner of the tables."""

    def run(sql: str, *values: object) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(sql, values)

    return run


def make_older(order: CardOrder, by: timedelta) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE payments_cardorder DISABLE TRIGGER card_order_fixed")
        cursor.execute("UPDATE payments_cardorder SET created_at = created_at - %s WHERE id = %s", [by, order.pk])
        cursor.execute("ALTER TABLE payments_cardorder ENABLE TRIGGER card_order_fixed")


def all_at_once(size: int, action: Callable[[int], Any]) -> list[Any]:
    with crowd(size) as threads:
        return threads.at_once(*[partial(action, number) for number in range(size)])


def books(started) -> tuple[str, list[Decimal], int, list[str]]:
    """The payment's state, the recharges, how many receipts, the kinds of what staff was told."""
    with acting_as(SYSTEM):
        payment = Payment.objects.get(pk=started.payment.pk)
        recharges = DepositTransaction.objects.filter(kind="recharge")
        return (
            payment.status,
            [row.amount for row in recharges],
            Receipt.objects.count(),
            sorted(ReviewItem.objects.values_list("kind", flat=True)),
        )


CREDITED = ("settled", [Decimal("5000.00")], 1, [])


def test_a_payment_from_the_form_to_the_credit(acquirer, oid, started):
    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE

    assert books(started) == CREDITED
    assert acquirer.debited == [oid]
    assert acquirer.answers == [(CAPTURE, 200, "text/plain; charset=utf-8")]
    with acting_as(SYSTEM):
        payment = Payment.objects.get(pk=started.payment.pk)
        event = WebhookEvent.objects.get()
        assert (payment.ledger_key, event.payment_id) == (f"cmi:{oid}", payment.pk)
        assert (event.status, event.outcome) == ("processed", "credited")
        assert CardOrder.objects.get().heard_at is not None


def test_each_visit_to_the_page_is_a_new_order_and_the_first_still_counts(acquirer, oid, started, committed_personas):
    again = continue_payment(actor=committed_personas.as_owner, payment_id=started.payment.pk)
    second = acquirer.open_page(again.form_fields)

    assert second != oid
    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE
    assert acquirer.call_back(acquirer.accepted(second)) == NOTED
    assert acquirer.debited == [oid]
    assert books(started) == (*CREDITED[:3], ["second_money"])


def test_the_api_address_answers_too(acquirer, oid, started):
    assert acquirer.call_back(acquirer.accepted(oid), path="/api/webhooks/cmi") == CAPTURE


def test_repeats_get_the_same_answer_and_credit_once(acquirer, oid, started):
    fields = acquirer.accepted(oid)
    other_order = dict(sorted(fields.items(), reverse=True))
    new_random = acquirer.accepted(oid, rnd="gateway's own")

    answers = {acquirer.call_back(form) for form in (fields, fields, other_order, new_random)}

    assert answers == {CAPTURE}
    assert books(started) == CREDITED


@pytest.mark.parametrize("code", ["51", "05", "99", None])
def test_refusals_are_noted_and_leave_the_order_payable(acquirer, oid, started, code):
    assert acquirer.call_back(acquirer.refused(oid, code)) == NOTED
    assert books(started) == ("failed", [], 0, [])

    assert acquirer.call_back(acquirer.refused(oid, "05")) == NOTED
    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE
    assert books(started) == (*CREDITED[:3], ["late_success"])


def test_a_refusal_after_the_success_changes_nothing(acquirer, oid, started):
    acquirer.call_back(acquirer.accepted(oid))

    assert acquirer.call_back(acquirer.refused(oid)) == NOTED
    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE
    assert books(started) == CREDITED


def test_money_after_the_merchant_cancelled_is_credited_and_staff_told(acquirer, oid, started, committed_personas):
    cancel_payment(actor=committed_personas.as_owner, payment_id=started.payment.pk)

    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE
    assert books(started) == (*CREDITED[:3], ["late_success"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "4999.99"}, ["wrong_amount"]),
        ({"amount": "1"}, ["wrong_amount"]),
        ({"amount": "NaN"}, ["wrong_amount"]),
        ({"amount": "x"}, ["wrong_amount"]),
        ({"amount": None}, ["other"]),
        ({"currency": "978"}, ["wrong_currency"]),
        ({"currency": ""}, ["wrong_currency"]),
        ({"currency": None}, ["other"]),
        ({"clientid": "600000000"}, ["other"]),
        ({"clientid": None}, ["other"]),
        ({"storetype": "3d_pay"}, ["other"]),
        ({"TranType": "Auth"}, ["other"]),
        ({"TranType": None}, ["other"]),
        ({"okUrl": "https://evil.example/"}, ["other"]),
        ({"callbackUrl": None}, ["other"]),
        ({"email": ""}, ["other"]),
        ({"hashAlgorithm": "ver2"}, ["other"]),
        ({"ReturnOid": "another"}, ["other"]),
        ({"Response": "Declined"}, ["other"]),
        ({"Response": None}, ["other"]),
        ({"ProcReturnCode": "51"}, ["other"]),
        ({"ProcReturnCode": None}, ["other"]),
        ({"oid": "RCHUNKNOWN0000"}, ["unknown_payment"]),
        ({"oid": None}, ["unknown_payment"]),
        ({"oid": ""}, ["unknown_payment"]),
        ({"oid": "ÿ\ud7ff"}, ["unknown_payment"]),
    ],
)
def test_what_was_signed_but_is_not_what_we_sent(acquirer, oid, started, changes, told):
    fields = acquirer.accepted(oid, **changes)

    assert acquirer.call_back(fields) == FAILURE

    assert books(started) == ("pending", [], 0, told)
    assert acquirer.debited == []


@pytest.mark.parametrize("amount", ["5000.00", "5000", "5000,00", "5000.0"])
def test_an_amount_is_compared_as_a_number(acquirer, oid, started, amount):
    assert acquirer.call_back(acquirer.accepted(oid, amount=amount)) == CAPTURE


def test_names_may_come_in_another_case(acquirer, oid, started):
    fields = acquirer.accepted(oid)
    for name in ("clientid", "callbackUrl", "okUrl"):
        fields[name.upper()] = fields.pop(name)

    assert acquirer.call_back(fields) == CAPTURE


@pytest.mark.parametrize(
    "forge",
    [
        lambda fields: fields | {"HASH": "x"},
        lambda fields: {name: value for name, value in fields.items() if name != "HASH"},
        lambda fields: fields | {"HASH": ""},
        lambda fields: fields | {"amount": "1.00"},
        lambda fields: fields | {"extra": "field"},
        lambda fields: fields | {"HASH": their_hash(fields, "")},
        lambda fields: fields | {"HASH": their_hash(fields, "another key")},
        lambda fields: fields | {"hash": "two of them"},
    ],
)
def test_what_was_not_signed_is_refused_and_stored_nowhere(acquirer, oid, started, forge):
    assert acquirer.call_back(forge(acquirer.accepted(oid))) == FAILURE

    assert acquirer.answers[0][1:] == (400, "text/plain; charset=utf-8")
    assert books(started) == ("pending", [], 0, [])
    with acting_as(SYSTEM):
        assert not WebhookEvent.objects.exists()


def test_without_a_store_key_everything_is_refused(acquirer, oid, started, settings):
    settings.CMI_STORE_KEY = ""

    assert acquirer.call_back(acquirer.accepted(oid) | {"HASH": their_hash(acquirer.accepted(oid), "")}) == FAILURE
    assert "cmi" not in [gateway.method for gateway in available_gateways()]


def test_renaming_fields_does_not_turn_a_refusal_into_a_success(acquirer, oid, started):
    """The payer has a signed refusal and may rename each of its fields, the order of names kept."""
    refusal = acquirer.refused(oid, "51", acqStan="00", eci="00", panIsEncrypted="00", ResultCode="00", md="Approved")
    stolen = [name for name, value in refusal.items() if value == "00"]
    for name in stolen:
        for code_becomes in ("ProcReturnCodf", "PProcReturn", "Proc"):
            renamed = {
                {name: "ProcReturnCode", "ProcReturnCode": code_becomes, "Response": "Responsf"}.get(old, old): value
                for old, value in refusal.items()
            }
            acquirer.call_back(renamed)
    for sent in acquirer.posted[oid]:
        if sent in ("HASH", "encoding", "rnd"):
            continue
        renamed = {(old + "_" if old == sent else old): value for old, value in acquirer.accepted(oid).items()}
        assert acquirer.call_back(renamed) == FAILURE

    assert acquirer.debited == []
    assert books(started)[1] == []


def test_the_values_may_come_html_escaped_and_with_a_newline(acquirer, committed_personas):
    with acting_as(SYSTEM):
        committed_personas.merchant.name = 'L\'Atlas & Fils | "Rénovation"'
        committed_personas.merchant.save()
    started = start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="cmi",
    )
    oid = acquirer.open_page(started.form_fields)
    fields = acquirer.accepted(oid)
    fields["BillToName"] = "L&#39;Atlas &amp; Fils | &quot;R&eacute;novation&quot;\n"
    fields["ErrMsg"] = "\n"

    assert acquirer.call_back(fields) == CAPTURE


@pytest.mark.parametrize(
    "content_type", [FORM, "text/plain", "application/json", "multipart/form-data; boundary=x", ""]
)
def test_the_content_type_does_not_matter(acquirer, oid, started, content_type):
    body = urlencode(acquirer.accepted(oid))

    response = Client().post("/webhooks/cmi", body, content_type=content_type)

    assert response.content == CAPTURE.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"&&&", b"\0\xff\xfe", b"HASH=x", b"oid=%00&HASH=x", b"a" * 5000, b"=&" * 400, b'{"oid": 1}',
        "é=é&HASH=é".encode(), b"9" * 90 + b"=1&HASH=x", b"HASH=" + b"9" * 3_000_000,
    ],
)  # fmt: skip
def test_rubbish_gets_a_plain_failure(db, body):
    response = Client().post("/webhooks/cmi", body, content_type=FORM)

    assert (response.status_code, response.content) == (400, b"FAILURE")


def test_only_posts_are_taken(db):
    assert Client().get("/webhooks/cmi").status_code == 405


def test_a_callback_cut_off_on_its_way_is_refused(acquirer, oid, started):
    body = urlencode(acquirer.accepted(oid))

    for length in range(0, len(body), 97):
        assert Client().post("/webhooks/cmi", body[:length], content_type=FORM).content == FAILURE.encode()
    assert books(started) == ("pending", [], 0, [])


def test_a_hundred_callbacks_from_ten_threads_credit_once(acquirer, oid, started):
    def storm(number: int) -> set[str]:
        chance = random.Random(number)
        answers = set()
        for turn in range(10):
            fields = acquirer.accepted(oid, rnd=f"{number}-{turn}") if turn % 2 else acquirer.accepted(oid)
            pairs = list(fields.items())
            chance.shuffle(pairs)
            answers.add(acquirer.call_back(dict(pairs)))
        return answers

    answers = all_at_once(10, storm)

    assert set().union(*answers) == {CAPTURE}
    assert len(acquirer.answers) == 100
    assert books(started) == CREDITED


def test_refusals_and_successes_at_once_credit_once(acquirer, oid, started):
    def storm(number: int) -> str:
        fields = acquirer.accepted(oid) if number % 2 else acquirer.refused(oid, f"{50 + number}")
        return acquirer.call_back(fields)

    answers = all_at_once(10, storm)

    assert [answer for number, answer in enumerate(answers) if number % 2] == [CAPTURE] * 5
    assert [answer for number, answer in enumerate(answers) if not number % 2] == [NOTED] * 5
    assert books(started)[:3] == CREDITED[:3]


def test_two_visits_paid_at_once_debit_one_card(acquirer, oid, started, committed_personas):
    again = continue_payment(actor=committed_personas.as_owner, payment_id=started.payment.pk)
    orders = (oid, acquirer.open_page(again.form_fields))

    answers = all_at_once(10, lambda number: acquirer.call_back(acquirer.accepted(orders[number % 2])))

    assert sorted(set(answers)) == sorted({CAPTURE, NOTED})
    assert len(set(acquirer.debited)) == 1
    assert books(started)[:3] == CREDITED[:3]


def test_our_own_failure_takes_no_money_and_no_job_credits_it_later(
    acquirer, oid, started, owner_sql, committed_personas
):
    owner_sql("ALTER TABLE payments_receipt ADD CONSTRAINT out_of_order CHECK (number = 'never')")
    try:
        assert acquirer.call_back(acquirer.accepted(oid)) == FAILURE
    finally:
        owner_sql("ALTER TABLE payments_receipt DROP CONSTRAINT out_of_order")
    assert acquirer.answers[0][1] == 500
    assert books(started) == ("pending", [], 0, ["not_credited"])

    process_due_events()
    give_up_unanswered_callbacks()
    assert books(started) == ("pending", [], 0, ["not_credited"])

    with acting_as(SYSTEM):
        event = WebhookEvent.objects.get()
    assert event.status == "given_up"
    with acting_as(committed_personas.as_staff):
        # Staff captured the money by hand.
        replay_event(event_id=event.pk, queue=process_event)
    assert books(started)[:3] == CREDITED[:3]


def test_a_repeat_after_our_failure_is_credited(acquirer, oid, started, owner_sql):
    owner_sql("ALTER TABLE payments_receipt ADD CONSTRAINT out_of_order CHECK (number = 'never')")
    try:
        acquirer.call_back(acquirer.accepted(oid))
    finally:
        owner_sql("ALTER TABLE payments_receipt DROP CONSTRAINT out_of_order")

    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE
    assert books(started)[:3] == CREDITED[:3]


def test_a_callback_whose_process_died_goes_to_staff_and_not_to_the_books(acquirer, oid, started):
    body = urlencode(acquirer.accepted(oid))
    with acting_as(SYSTEM):
        WebhookEvent.objects.create(
            provider="cmi",
            event_id="left behind",
            body=body,
            created_at=timezone.now() - timedelta(hours=1),
            next_attempt_at=timezone.now() - timedelta(hours=1),
        )

    process_due_events()
    assert give_up_unanswered_callbacks() == 1
    assert give_up_unanswered_callbacks() == 0

    assert books(started) == ("pending", [], 0, ["not_credited"])


def test_an_order_that_never_came_back_is_reported_once(acquirer, oid, started):
    assert report_missing_callbacks() == 0
    with acting_as(SYSTEM):
        order = CardOrder.objects.get()
    make_older(order, timedelta(hours=3))

    assert report_missing_callbacks() == 1
    assert report_missing_callbacks() == 0
    assert books(started) == ("pending", [], 0, ["never_came_back"])
    assert acquirer.call_back(acquirer.accepted(oid)) == CAPTURE


def test_an_order_that_came_back_is_not_reported(acquirer, oid, started):
    acquirer.call_back(acquirer.refused(oid))
    with acting_as(SYSTEM):
        order = CardOrder.objects.get()
    make_older(order, timedelta(hours=3))

    assert report_missing_callbacks() == 0


def test_the_browser_comes_back_without_session_and_is_led_to_its_payment(acquirer, oid, started, committed_personas):
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(committed_personas.owner)

    page = acquirer.send_browser(acquirer.accepted(oid), client)

    assert page.status_code == 200
    assert started.payment.reference in page.content.decode()
    assert books(started) == ("pending", [], 0, [])
    assert acquirer.send_browser(acquirer.refused(oid), client, to="failUrl").status_code == 200


@pytest.mark.parametrize("body", ["", "oid=", "oid=RCHUNKNOWN", "oid=%00", "oid=%FF", "oid=" + "9" * 500, "\0"])
def test_a_browser_with_an_unknown_order_is_led_to_the_list(db, body):
    response = Client(enforce_csrf_checks=True).post(reverse("payments:cmi_ok"), body, content_type=FORM)

    assert (response.status_code, response.headers["Location"]) == (303, reverse("payments:list"))


def test_a_landing_leads_strangers_to_nothing(acquirer, oid, started, committed_personas):
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(committed_personas.other_owner)

    assert acquirer.send_browser(acquirer.accepted(oid), client).status_code == 404


def test_the_page_that_posts_to_the_acquirer_holds_the_signed_form(acquirer, started, committed_personas):
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(committed_personas.owner)

    page = client.get(reverse("payments:pay", args=[started.payment.pk])).content.decode()

    assert 'action="https://testpayment.cmi.example/fim/est3Dgate"' in page
    assert 'accept-charset="UTF-8"' in page
    assert STORE_KEY not in page


def test_logs_hold_neither_key_nor_hash_nor_card(acquirer, oid, started, caplog):
    caplog.set_level(logging.DEBUG)
    fields = acquirer.accepted(oid)

    acquirer.call_back(fields)
    acquirer.call_back(fields | {"amount": "1"})

    for secret in (STORE_KEY, fields["HASH"], "400000***0010", "512903"):
        assert secret not in caplog.text
