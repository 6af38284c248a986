"""Payments by the API: each method, how they stand, receipts, auto-recharge, webhooks."""

from decimal import Decimal

import pytest

from api.services.keys import create_api_key
from api.tests.conftest import Caller, caller_of
from api.tests.test_create_lead import amounts
from api.tests.test_deposits import pay, stored
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from payments.models import AutoRecharge, Payment, Receipt, SavedCard, WebhookEvent
from payments.services import render_receipt, start_recharge
from payments.tests.stripe_world import fresh
from tests.fakes.btcpay import API_KEY, SECRET, STORE_ID, FakeBtcpay
from tests.fakes.cmi import CLIENT_ID, STORE_KEY
from tests.fakes.stripe import fake_stripe

METHODS = ("stripe", "cmi", "bank-transfer", "crypto")


def recharge(personas) -> dict:
    return {"deposit_id": personas.deposit.pk, "amount": 3000.00}


@pytest.fixture
def body(personas):
    return recharge(personas)


@pytest.fixture
def payment(personas) -> Payment:
    return start_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, amount=Decimal("3000.00"), method="sandbox"
    ).payment


@pytest.fixture
def stripe(settings):
    with fake_stripe(settings) as fake:
        yield fake


@pytest.fixture
def card(personas, payment) -> SavedCard:
    """A card of Atlas on file."""
    with acting_as(SYSTEM):
        return SavedCard.objects.create(
            merchant=personas.merchant,
            payment=payment,
            status=SavedCard.Status.ACTIVE,
            customer_id="cus_1",
            payment_method_id="pm_1",
            brand="visa",
            last4="4242",
            expiry_month=12,
            expiry_year=2030,
        )


def test_stripe(stripe, personas, merchant, body):
    answer = merchant.post("payments/stripe/create", body, idempotency_key="p-1")

    assert answer.status == 200, answer.text
    assert set(answer.body) == {"success", "payment_id", "payment_url", "payment"}
    [payment] = stored(Payment)
    assert (payment.method, payment.amount, payment.status) == ("stripe", Decimal(3000), "pending")
    assert (answer.body["payment_id"], answer.body["payment_url"]) == (str(payment.pk), payment.payment_url)
    assert merchant.post("payments/stripe/create", body, idempotency_key="p-1").text == answer.text
    assert len(stored(Payment)) == 1


def test_a_card_of_a_moroccan_acquirer(settings, personas, merchant, body):
    settings.CMI_CLIENT_ID, settings.CMI_STORE_KEY = CLIENT_ID, STORE_KEY
    settings.CMI_GATEWAY_URL = "https://testpayment.cmi.example/fim/est3Dgate"
    answer = merchant.post("payments/cmi/create", body)

    assert answer.status == 200, answer.text
    form = answer.body["form"]
    assert form["action"] == answer.body["payment_url"] == settings.CMI_GATEWAY_URL
    assert form["fields"]["amount"] == "3000.00"
    assert form["fields"]["HASH"]
    assert STORE_KEY not in answer.text


def test_a_bank_transfer(settings, personas, merchant, body):
    settings.BANK_TRANSFER_HOLDER, settings.BANK_TRANSFER_RIB = "Leadsmarket SARL", "011 780 0000123456789012 34"
    answer = merchant.post("payments/bank-transfer/create", body)

    assert answer.status == 200, answer.text
    [payment] = stored(Payment)
    transfer = answer.body["transfer"]
    assert (transfer["holder"], transfer["rib"]) == ("Leadsmarket SARL", "011780000012345678901234")
    assert transfer["reference"] == payment.reference == answer.body["payment"]["reference"]


def test_crypto(settings, committed_personas):
    merchant, body = caller_of(committed_personas.as_owner), recharge(committed_personas)
    with FakeBtcpay() as server:
        settings.BTCPAY_ENABLED, settings.BTCPAY_URL, settings.BTCPAY_STORE_ID = True, server.url, STORE_ID
        settings.BTCPAY_API_KEY, settings.BTCPAY_WEBHOOK_SECRET = API_KEY, SECRET
        answer = merchant.post("payments/crypto/create", body)
    assert answer.status == 200, answer.text
    assert answer.body["payment_url"].startswith(server.url)


def test_a_provider_that_does_not_answer(settings, committed_personas):
    merchant, body = caller_of(committed_personas.as_owner), recharge(committed_personas)
    settings.BTCPAY_ENABLED, settings.BTCPAY_URL, settings.BTCPAY_STORE_ID = True, "http://127.0.0.1:9", STORE_ID
    settings.BTCPAY_API_KEY, settings.BTCPAY_WEBHOOK_SECRET = API_KEY, SECRET
    settings.BTCPAY_TIMEOUT_SECONDS = 0.5
    answer = merchant.post("payments/crypto/create", body, idempotency_key="p-1")

    assert answer.error == (502, "gateway_error")
    assert amounts(committed_personas)[0] == Decimal(5000)
    assert [payment.status for payment in stored(Payment)] == ["created"]
    # What failed on the provider's side is tried again with the same key.
    assert "Idempotent-Replayed" not in merchant.post("payments/crypto/create", body, idempotency_key="p-1").headers


@pytest.mark.parametrize("path", METHODS)
def test_a_method_that_is_not_set_up_is_refused(personas, merchant, body, path):
    answer = merchant.post(f"payments/{path}/create", body)
    assert (answer.error, answer.fields) == ((400, "validation_error"), {"payment_method"})
    assert answer.body["error"]["fields"]["payment_method"] == ["This payment method is not available."]
    assert stored(Payment) == []


def test_only_a_merchant_pays_and_only_its_own_deposit(settings, personas, influencer, staff, body):
    settings.BANK_TRANSFER_HOLDER, settings.BANK_TRANSFER_RIB = "Leadsmarket SARL", "011780000012345678901234"
    other, path = caller_of(personas.as_other_owner), "payments/bank-transfer/create"
    for caller in (influencer, staff):
        assert caller.post(path, body).error == (403, "permission_denied")
    missing = other.post(path, body | {"deposit_id": new_id()})
    assert missing.error == (404, "not_found")
    assert other.post(path, body).text == missing.text
    assert caller_of(personas.as_member).post(path, body).status == 200
    assert len(stored(Payment)) == 1


def test_a_key_that_may_only_read_starts_no_payment(settings, personas, body):
    settings.BANK_TRANSFER_HOLDER, settings.BANK_TRANSFER_RIB = "Leadsmarket SARL", "011780000012345678901234"
    with acting_as(personas.as_owner):
        reader, writer = (create_api_key(name=scope, scope=scope)[1] for scope in ("read", "write"))
    path = "payments/bank-transfer/create"
    reading = Caller({"authorization": f"Bearer {reader}"})
    assert reading.post(path, body).error == (403, "permission_denied")
    assert reading.get("leads/deposits/balance").status == 200
    assert stored(Payment) == []
    assert Caller({"authorization": f"Bearer {writer}"}).post(path, body).status == 200


def test_how_a_payment_stands(personas, merchant, staff, influencer, payment):
    answer = merchant.get(f"payments/{payment.pk}")

    assert answer.status == 200, answer.text
    assert answer.body == {
        "id": str(payment.pk),
        "merchant_id": str(personas.merchant.pk),
        "deposit_id": str(personas.deposit.pk),
        "purpose": "recharge",
        "method": "sandbox",
        "status": "pending",
        "reference": payment.reference,
        "currency": "MAD",
        "amount": Decimal("3000.00"),
        "credited_amount": None,
        "reversed_amount": Decimal("0.00"),
        "payment_url": payment.payment_url,
        "failure_code": "",
        "failure_message": "",
        "receipt_number": None,
        "receipt_url": None,
        "created_at": answer.body["created_at"],
        "expires_at": None,
        "settled_at": None,
    }
    assert staff.get(f"payments/{payment.pk}").text == answer.text
    assert influencer.get(f"payments/{payment.pk}").error == (403, "permission_denied")
    other = caller_of(personas.as_other_owner)
    missing = other.get(f"payments/{new_id()}")
    assert missing.error == (404, "not_found")
    assert other.get(f"payments/{payment.pk}").text == missing.text


def test_a_receipt_is_a_pdf_for_its_merchant_alone(personas, merchant, influencer, staff, stranger, payment):
    path = f"payments/{payment.pk}/receipt.pdf"
    assert merchant.get(path).error == (404, "not_found")
    pay(fresh(payment))
    assert merchant.get(path).error == (409, "conflict")
    [receipt] = stored(Receipt)
    render_receipt(receipt.pk)

    response = merchant.client.get(f"/api/{path}", headers=merchant.headers)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == f'attachment; filename="{receipt.number}.pdf"'
    shown = merchant.get(f"payments/{payment.pk}").body
    assert shown["receipt_number"] == receipt.number
    assert shown["receipt_url"].endswith(f"/api/{path}")
    assert caller_of(personas.as_other_owner).get(path).error == (404, "not_found")
    assert influencer.get(path).error == staff.get(path).error == (403, "permission_denied")
    assert stranger.get(path).error == (401, "not_authenticated")


AGREED = {"enabled": True, "threshold_percentage": 20, "amount": 2000, "monthly_limit": 10000}


def test_an_owner_sets_the_auto_recharge(stripe, personas, merchant, card):
    path = f"leads/deposits/{personas.deposit.pk}/auto-recharge"
    answer = merchant.put(path, AGREED)

    assert answer.status == 200, answer.text
    assert answer.body["auto_recharge"] == {
        "deposit_id": str(personas.deposit.pk),
        "enabled": True,
        "threshold_percentage": 20,
        "amount": Decimal("2000.00"),
        "monthly_limit": Decimal("10000.00"),
        "card": {
            "id": str(card.pk),
            "brand": "visa",
            "last4": "4242",
            "expiry_month": 12,
            "expiry_year": 2030,
        },
        "charged_this_month": Decimal("0.00"),
        "paused_until": None,
        "last_error": "",
    }
    [auto] = stored(AutoRecharge)
    assert "I agree that Leadsmarket charges this card" in auto.consent_text
    assert auto.consented_by_id == personas.owner.pk

    off = merchant.put(path, {"enabled": False})
    assert (off.status, off.body["auto_recharge"]["enabled"]) == (200, False)
    assert merchant.put(path, {"enabled": False}).body == off.body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"threshold_percentage": 0}, "threshold_percentage"),
        ({"threshold_percentage": 91}, "threshold_percentage"),
        ({"amount": 499}, "amount"),
        ({"monthly_limit": 1999}, "monthly_limit"),
        ({"enabled": None}, "enabled"),
    ],
)
def test_terms_of_an_auto_recharge_that_do_not_fit(stripe, personas, merchant, card, changes, field):
    answer = merchant.put(f"leads/deposits/{personas.deposit.pk}/auto-recharge", AGREED | changes)
    assert (answer.error, answer.fields) == ((400, "validation_error"), {field})
    assert stored(AutoRecharge) == []


def test_an_auto_recharge_needs_its_terms_a_card_and_the_owner(stripe, personas, merchant, staff):
    path = f"leads/deposits/{personas.deposit.pk}/auto-recharge"
    assert merchant.put(path, {"enabled": True}).fields == {"threshold_percentage", "amount", "monthly_limit"}
    assert merchant.put(path, AGREED).fields == {"card_id"}
    assert merchant.put(path, AGREED | {"card_id": new_id()}).error == (404, "not_found")
    assert caller_of(personas.as_member).put(path, {"enabled": False}).error == (403, "permission_denied")
    assert caller_of(personas.as_other_owner).put(path, AGREED).error == (404, "not_found")
    assert staff.put(path, AGREED).error == (403, "permission_denied")
    assert stored(AutoRecharge) == []


@pytest.mark.parametrize("path", ["/api/webhooks/stripe", "/webhooks/stripe", "/api/webhooks/btcpay"])
def test_a_webhook_without_its_signature_is_stored_nowhere(settings, db, stripe, client, path):
    settings.BTCPAY_ENABLED, settings.BTCPAY_WEBHOOK_SECRET = True, SECRET
    response = client.post(path, data="{}", content_type="application/json", headers={"stripe-signature": "t=1,v1=0"})
    assert response.status_code == 400
    assert stored(WebhookEvent) == []


@pytest.mark.parametrize("path", ["/api/webhooks/cmi", "/webhooks/cmi"])
def test_a_callback_without_its_hash_is_refused(settings, client, path, db):
    settings.CMI_CLIENT_ID, settings.CMI_STORE_KEY = CLIENT_ID, STORE_KEY
    assert client.post(path, {"oid": "1", "Response": "Approved"}).status_code == 400
    assert stored(WebhookEvent) == []
