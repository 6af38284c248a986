"""Crypto by BTCPay Server, against a server that checks what it gets: invoices, signed events, the poll, every trouble."""

import json
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from deposits.models import DepositTransaction
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.errors import GatewayUnavailable
from payments.gateways import available_gateways, gateway_for
from payments.gateways.btcpay.client import signature
from payments.models import Payment, Receipt, ReviewItem, WebhookEvent
from payments.services import (
    cancel_payment,
    continue_payment,
    poll_payment,
    process_due_events,
    process_event,
    receive_webhook,
    start_recharge,
)
from tests.crowd import crowd
from tests.fakes.btcpay import API_KEY, SECRET, STORE_ID, FakeBtcpay

VECTORS = json.loads((Path(__file__).parent / "btcpay_vectors.json").read_text(encoding="utf-8"))
CREDITED = ("settled", [Decimal("5000.00")], 1, [])
TROUBLES = ["500", "silence", "reset", "garbage", "redirect"]


@pytest.fixture(autouse=True)
def server(settings):
    with FakeBtcpay() as fake:
        settings.BTCPAY_ENABLED = True
        settings.BTCPAY_URL = fake.url
        settings.BTCPAY_STORE_ID = STORE_ID
        settings.BTCPAY_API_KEY = API_KEY
        settings.BTCPAY_WEBHOOK_SECRET = SECRET
        settings.BTCPAY_TIMEOUT_SECONDS = 0.5
        yield fake
        assert fake.refused == []


@pytest.fixture
def start(committed_personas):
    return partial(
        start_recharge,
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="crypto",
    )


@pytest.fixture
def payment(start) -> Payment:
    return start().payment


def deliver(server: FakeBtcpay, event: dict) -> str:
    body, headers = server.signed(event)
    queued: list[UUID] = []
    receive_webhook(provider="crypto", body=body, headers=headers, queue=queued.append)
    return "; ".join(process_event(event_id) for event_id in queued)


def books(payment: Payment) -> tuple[str, list[Decimal], int, list[str]]:
    with acting_as(SYSTEM):
        recharges = DepositTransaction.objects.filter(kind="recharge")
        return (
            Payment.objects.get(pk=payment.pk).status,
            [row.amount for row in recharges],
            Receipt.objects.count(),
            sorted(ReviewItem.objects.values_list("kind", flat=True)),
        )


def make_older(payment: Payment) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE payments_payment DISABLE TRIGGER payment_guard")
        cursor.execute(
            "UPDATE payments_payment SET created_at = created_at - %s WHERE id = %s", [timedelta(hours=3), payment.pk]
        )
        cursor.execute("ALTER TABLE payments_payment ENABLE TRIGGER payment_guard")


@pytest.mark.parametrize("name", VECTORS)
def test_vectors(name, settings):
    vector = VECTORS[name]
    settings.BTCPAY_WEBHOOK_SECRET = vector["secret"]
    body = vector["body"].encode()

    signed = gateway_for("crypto").verify(body, {"btcpay-sig": vector["signature"]})

    assert signature(body) == vector["signature"]
    assert (signed.event_id, signed.event_type) == {
        "B1": ("R6CoUjXWvGWGxFvLGkxC9p", "InvoiceSettled"),
        "B2": ("D1", "InvoiceExpired"),
    }[name]


@pytest.mark.parametrize(
    "missing", ["BTCPAY_ENABLED", "BTCPAY_URL", "BTCPAY_STORE_ID", "BTCPAY_API_KEY", "BTCPAY_WEBHOOK_SECRET"]
)
def test_it_is_offered_only_when_everything_is_set(settings, missing):
    assert "crypto" in [gateway.method for gateway in available_gateways()]
    setattr(settings, missing, "")

    assert "crypto" not in [gateway.method for gateway in available_gateways()]


def test_an_invoice_is_asked_for_and_its_settling_credits(server, payment):
    [invoice] = server.invoices.values()
    assert (invoice["amount"], invoice["metadata"]) == ("5000.00", {"orderId": payment.reference})
    assert payment.payment_url == invoice["checkoutLink"]
    assert payment.expires_at is not None

    server.pay(invoice["id"], "Processing")
    assert (
        deliver(server, server.event("InvoiceReceivedPayment", invoice["id"], afterExpiration=False)) == "nothing to do"
    )
    assert deliver(server, server.event("InvoiceProcessing", invoice["id"])) == "processing"
    assert books(payment) == ("processing", [], 0, [])
    server.pay(invoice["id"])
    assert deliver(server, server.event("InvoiceSettled", invoice["id"])) == "credited"
    assert books(payment) == CREDITED
    with acting_as(SYSTEM):
        assert Payment.objects.get(pk=payment.pk).ledger_key == f"btcpay:{invoice['id']}"


def test_repeats_in_any_order_credit_once(server, payment):
    event = server.event("InvoiceSettled", payment.provider_id)
    server.pay(payment.provider_id)

    deliver(server, event)
    assert deliver(server, server.redelivery(event)) == ""
    deliver(server, server.event("InvoiceSettled", payment.provider_id))
    deliver(server, server.event("InvoiceProcessing", payment.provider_id))
    deliver(server, server.event("InvoiceExpired", payment.provider_id, partiallyPaid=False))

    assert books(payment) == CREDITED
    with acting_as(SYSTEM):
        assert WebhookEvent.objects.count() == 4


def test_a_hundred_deliveries_from_ten_threads_credit_once(server, payment):
    server.pay(payment.provider_id)
    events = [server.event("InvoiceSettled", payment.provider_id) for _ in range(5)]

    def storm(number: int) -> None:
        for turn in range(10):
            deliver(server, server.redelivery(events[(number + turn) % 5]))

    with crowd(10) as threads:
        assert threads.at_once(*[partial(storm, number) for number in range(10)]) == [None] * 10
    process_due_events()

    assert books(payment) == CREDITED


@pytest.mark.parametrize(
    ("changes", "additional"),
    [({"overPaid": True}, "None"), ({}, "PaidOver"), ({"manuallyMarked": True}, "None"), ({}, "Marked")],
)
def test_too_much_or_marked_by_hand_is_credited_and_told(server, payment, changes, additional):
    server.pay(payment.provider_id, additional=additional)

    deliver(server, server.event("InvoiceSettled", payment.provider_id, **changes))

    assert books(payment) == (*CREDITED[:3], ["other"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": "4999.99"}, "wrong_amount"),
        ({"amount": None}, "wrong_amount"),
        ({"amount": "x"}, "wrong_amount"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"metadata": {"orderId": "RCHOTHER"}}, "unknown_payment"),
        ({"metadata": {}}, "unknown_payment"),
        ({"status": "Invalid"}, "other"),
        ({"status": "Processing"}, "other"),
    ],
)
def test_an_invoice_that_does_not_fit_credits_nothing(server, payment, changes, told):
    server.pay(payment.provider_id)
    server.invoices[payment.provider_id] |= changes

    deliver(server, server.event("InvoiceSettled", payment.provider_id))

    assert books(payment) == ("pending", [], 0, [told])


def test_an_announced_invoice_that_is_not_there_credits_nothing(server, payment):
    event = server.event("InvoiceSettled", payment.provider_id)
    server.invoices.clear()

    deliver(server, event)

    assert books(payment) == ("pending", [], 0, ["other"])


@pytest.mark.parametrize(
    ("kind", "changes", "status", "told"),
    [
        ("InvoiceExpired", {"partiallyPaid": False}, "expired", []),
        ("InvoiceExpired", {"partiallyPaid": True}, "expired", ["other"]),
        ("InvoiceInvalid", {"manuallyMarked": False}, "failed", []),
        ("InvoicePaidAfterExpiration", {}, "pending", ["other"]),
        ("InvoiceExpiredPaidPartial", {}, "pending", ["other"]),
        ("InvoiceReceivedPayment", {"afterExpiration": True}, "pending", ["other"]),
        ("InvoiceCreated", {}, "pending", []),
        ("PayoutApproved", {}, "pending", []),
    ],
)
def test_other_events_credit_nothing(server, payment, kind, changes, status, told):
    deliver(server, server.event(kind, payment.provider_id, **changes))

    assert books(payment) == (status, [], 0, told)


def test_an_invoice_that_becomes_invalid_after_its_credit_is_told(server, payment):
    server.pay(payment.provider_id)
    deliver(server, server.event("InvoiceSettled", payment.provider_id))

    deliver(server, server.event("InvoiceInvalid", payment.provider_id))

    assert books(payment) == (*CREDITED[:3], ["other"])


def test_settled_after_expiry_is_credited_and_told(server, payment):
    deliver(server, server.event("InvoiceExpired", payment.provider_id, partiallyPaid=False))
    server.pay(payment.provider_id)

    deliver(server, server.event("InvoiceSettled", payment.provider_id))

    assert books(payment) == (*CREDITED[:3], ["late_success"])


def test_settled_after_the_merchant_cancelled_is_credited_and_told(server, payment, committed_personas):
    cancel_payment(actor=committed_personas.as_owner, payment_id=payment.pk)
    server.pay(payment.provider_id)

    deliver(server, server.event("InvoiceSettled", payment.provider_id))

    assert books(payment) == (*CREDITED[:3], ["late_success"])


@pytest.mark.parametrize("invoice_id", ["Inv99999999", "../../users", "x" * 300, ""])
def test_an_event_about_nothing_of_ours(server, payment, invoice_id):
    deliver(server, server.event("InvoiceSettled", invoice_id))

    assert books(payment)[:3] == ("pending", [], 0)


def test_an_event_of_another_store_goes_to_staff(server, payment):
    server.pay(payment.provider_id)

    deliver(server, server.event("InvoiceSettled", payment.provider_id, storeId="S1"))

    assert books(payment) == ("pending", [], 0, ["other"])
    assert "GET" not in "".join(server.requests[1:])


@pytest.mark.parametrize(
    "forge",
    [
        lambda body, headers: (body, {}),
        lambda body, headers: (body, {"btcpay-sig": ""}),
        lambda body, headers: (body, {"btcpay-sig": "sha256="}),
        lambda body, headers: (body, {"btcpay-sig": headers["btcpay-sig"].removeprefix("sha256=")}),
        lambda body, headers: (body, {"btcpay-sig": headers["btcpay-sig"].upper()}),
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (json.dumps(json.loads(body)).encode(), headers),
        lambda body, headers: (body[:-9], headers),
    ],
)
def test_what_was_not_signed_is_refused(server, payment, forge):
    body, headers = forge(*server.signed(server.event("InvoiceSettled", payment.provider_id)))

    response = Client().post("/webhooks/btcpay", body, content_type="application/json", headers=headers)

    assert response.status_code == 400
    with acting_as(SYSTEM):
        assert not WebhookEvent.objects.exists()


def test_an_unset_secret_refuses_everything(server, payment, settings):
    settings.BTCPAY_WEBHOOK_SECRET = ""
    body, headers = server.signed(server.event("InvoiceSettled", payment.provider_id), secret="")

    assert Client().post("/webhooks/btcpay", body, content_type="application/json", headers=headers).status_code == 400


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"x"', b"1", b"no json", b"\xff"])
def test_signed_rubbish_is_refused(server, db, body):
    headers = {"btcpay-sig": signature(body)}

    assert Client().post("/webhooks/btcpay", body, content_type="application/json", headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["/webhooks/btcpay", "/api/webhooks/btcpay"])
def test_both_addresses_store_the_event_and_answer(server, payment, path):
    body, headers = server.signed(server.event("InvoiceExpired", payment.provider_id))

    assert Client().post(path, body, content_type="application/json", headers=headers).status_code == 200
    with acting_as(SYSTEM):
        assert WebhookEvent.objects.get().body == body.decode()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_no_answer_at_the_start_leaves_the_payment_to_be_tried_again(server, start, committed_personas, trouble):
    server.trouble = [trouble]
    with pytest.raises(GatewayUnavailable) as caught:
        start()

    again = continue_payment(actor=committed_personas.as_owner, payment_id=caught.value.payment_id)

    assert len(server.invoices) == 1
    assert again.payment.provider_id in server.invoices
    assert again.payment.status == "pending"


@pytest.mark.parametrize("trouble", ["500-after", "silence-after", "reset-after", "garbage-after"])
@pytest.mark.parametrize("knows_filter", [True, False])
def test_an_invoice_whose_answer_was_lost_is_found_again(server, start, committed_personas, trouble, knows_filter):
    server.knows_filter = knows_filter
    server.trouble = [trouble]
    with pytest.raises(GatewayUnavailable) as caught:
        start()

    again = continue_payment(actor=committed_personas.as_owner, payment_id=caught.value.payment_id)

    assert list(server.invoices) == [again.payment.provider_id]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_away_while_an_event_is_processed_delays_the_credit(server, payment, trouble):
    server.pay(payment.provider_id)
    server.trouble = [trouble]

    assert deliver(server, server.event("InvoiceSettled", payment.provider_id)).startswith("failed")
    assert books(payment) == ("pending", [], 0, [])
    with acting_as(SYSTEM):
        WebhookEvent.objects.update(next_attempt_at=payment.created_at)
    process_due_events()

    assert books(payment) == CREDITED


@pytest.mark.parametrize(
    ("status", "additional", "expected"),
    [
        ("New", "None", ("pending", [], 0, [])),
        ("Processing", "None", ("processing", [], 0, [])),
        ("Settled", "None", CREDITED),
        ("Settled", "PaidOver", (*CREDITED[:3], ["other"])),
        ("Settled", "Marked", (*CREDITED[:3], ["other"])),
        ("Expired", "None", ("expired", [], 0, [])),
        ("Expired", "PaidPartial", ("expired", [], 0, ["other"])),
        ("Expired", "PaidLate", ("expired", [], 0, ["other"])),
        ("Invalid", "None", ("failed", [], 0, [])),
        ("Unheard", "None", ("pending", [], 0, [])),
    ],
)
def test_the_poll_settles_what_no_webhook_told(server, payment, status, additional, expected):
    server.pay(payment.provider_id, status, additional)

    poll_payment(payment.pk)

    assert books(payment) == expected


def test_the_poll_finds_an_invoice_by_its_order_and_ends_what_never_was(server, start):
    server.trouble = ["silence-after"]
    with pytest.raises(GatewayUnavailable) as caught:
        start()
    [invoice_id] = server.invoices
    server.pay(invoice_id)
    poll_payment(caught.value.payment_id)
    with acting_as(SYSTEM):
        paid = Payment.objects.get(pk=caught.value.payment_id)
    assert books(paid) == CREDITED

    server.trouble = ["reset"]
    with pytest.raises(GatewayUnavailable) as caught:
        start()
    with acting_as(SYSTEM):
        never = Payment.objects.get(pk=caught.value.payment_id)
    assert poll_payment(never.pk) == "still open"
    make_older(never)
    with acting_as(SYSTEM):
        Payment.objects.filter(pk=never.pk).update(next_poll_at=None)
    poll_payment(never.pk)
    with acting_as(SYSTEM):
        assert Payment.objects.get(pk=never.pk).status == "expired"


def test_the_webhook_and_the_poll_at_once_credit_once(server, payment):
    server.pay(payment.provider_id)
    event = server.event("InvoiceSettled", payment.provider_id)

    with crowd(6) as threads:
        threads.at_once(
            *[partial(poll_payment, payment.pk)] * 2,
            *[partial(deliver, server, server.event("InvoiceSettled", payment.provider_id))] * 2,
            *[partial(deliver, server, event)] * 2,
        )
    process_due_events()

    assert books(payment) == CREDITED
