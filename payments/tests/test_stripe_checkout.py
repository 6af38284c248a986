"""Starting a recharge by Stripe: what is asked, and what a lost answer leaves behind."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from payments.errors import GatewayUnavailable
from payments.gateways import available_gateways
from payments.models import Payment, StripeCustomer
from payments.services import cancel_payment, continue_payment
from payments.tests.stripe_world import balance, deliver, fresh, pay, receipts, start
from tests.crowd import crowd
from tests.fakes.stripe import Trouble

SESSIONS = "POST /v1/checkout/sessions"


def test_session_is_asked_as_the_facts_say(stripe, committed_personas):
    payment = start(committed_personas, Decimal("2000.50"))

    [asked] = stripe.lines(SESSIONS)
    customer = next(one for one in stripe.state.objects.values() if one["object"] == "customer")
    metadata = {
        "payment_id": str(payment.pk),
        "payment_reference": payment.reference,
        "deposit_id": str(committed_personas.deposit.pk),
        "purpose": "recharge",
    }
    page = f"http://localhost:8000/payments/{payment.pk}/return/"
    price = {
        "currency": "mad",
        "unit_amount": 200050,
        "product_data": {"name": f"Leadsmarket {payment.reference}"},
    }
    assert asked.key == f"recharge:{payment.pk}"
    assert asked.params == {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": page + "?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": page,
        "client_reference_id": str(payment.pk),
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "customer": customer["id"],
        "expires_at": int(payment.expires_at.timestamp()),
        "locale": "fr",
        "adaptive_pricing": {"enabled": False},
    }
    assert timedelta(minutes=119) < payment.expires_at - timezone.now() < timedelta(minutes=121)
    assert payment.status == Payment.Status.PENDING
    assert payment.payment_url.startswith("https://checkout.stripe.com/")
    assert stripe.refused == []


def test_card_is_kept_only_with_consent(stripe, committed_personas):
    start(committed_personas, save_card=True)

    assert stripe.lines(SESSIONS)[0].params["payment_intent_data"]["setup_future_usage"] == "off_session"


@pytest.mark.parametrize(("language", "locale"), [("fr", "fr"), ("en", "en"), ("ar", "fr")])
def test_page_speaks_the_payers_language_or_french(stripe, committed_personas, language, locale):
    with translation.override(language):
        start(committed_personas)

    assert stripe.lines(SESSIONS)[0].params["locale"] == locale


def test_merchant_is_one_customer_for_ever(stripe, committed_personas):
    start(committed_personas)
    start(committed_personas)

    assert len(stripe.lines("POST /v1/customers")) == 1
    with acting_as(SYSTEM):
        assert StripeCustomer.objects.get().merchant_id == committed_personas.merchant.pk


@pytest.mark.parametrize("missing", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_half_configured_is_not_offered(stripe, committed_personas, settings, missing):
    setattr(settings, missing, "")

    assert "stripe" not in [gateway.method for gateway in available_gateways()]
    with pytest.raises(InvalidInput):
        start(committed_personas)


@pytest.mark.parametrize("trouble", [Trouble.ERROR_500, Trouble.RESET_BEFORE, Trouble.RESET_AFTER, Trouble.GARBAGE])
def test_one_lost_answer_is_repeated_with_the_same_key(stripe, committed_personas, trouble):
    stripe.make_trouble(SESSIONS, trouble)
    if trouble is Trouble.GARBAGE:
        # Not repeated by the library: the payer tries again.
        with pytest.raises(GatewayUnavailable) as caught:
            start(committed_personas)
        continue_payment(actor=committed_personas.as_owner, payment_id=caught.value.payment_id)
    else:
        start(committed_personas)

    assert len({asked.key for asked in stripe.lines(SESSIONS)}) == 1
    assert len([one for one in stripe.state.objects.values() if one["object"] == "checkout.session"]) == 1


def test_time_out_on_start_then_the_payers_second_try_finds_the_same_page(stripe, committed_personas):
    stripe.make_trouble(SESSIONS, *[Trouble.SILENCE_AFTER] * 3)
    with pytest.raises(GatewayUnavailable) as caught:
        start(committed_personas)
    with acting_as(SYSTEM):
        payment = Payment.objects.get()
    assert (payment.status, payment.failure_code) == (Payment.Status.CREATED, "gateway_unavailable")
    assert caught.value.payment_id == payment.pk

    again = continue_payment(actor=committed_personas.as_owner, payment_id=payment.pk)

    sessions = [one for one in stripe.state.objects.values() if one["object"] == "checkout.session"]
    assert [session["id"] for session in sessions] == [again.payment.provider_id]
    assert {asked.key for asked in stripe.lines(SESSIONS)} == {f"recharge:{payment.pk}"}


def test_kept_500_is_replayed_and_the_payment_stays_open(stripe, committed_personas):
    stripe.make_trouble(SESSIONS, Trouble.ERROR_500_KEPT)
    with pytest.raises(GatewayUnavailable):
        start(committed_personas)

    assert {asked.key for asked in stripe.lines(SESSIONS)} == {stripe.lines(SESSIONS)[0].key}
    with acting_as(SYSTEM):
        assert Payment.objects.get().status == Payment.Status.CREATED


def test_refused_key_leaves_the_payment_open(stripe, committed_personas, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_other"
    with pytest.raises(GatewayUnavailable):
        start(committed_personas)

    with acting_as(SYSTEM):
        assert Payment.objects.get().status == Payment.Status.CREATED


def test_webhook_before_the_return_of_start(stripe, committed_personas):
    """The payer was faster than the answer: the payment is settled while `start` still waits."""
    stripe.make_trouble(SESSIONS, *[Trouble.SILENCE_AFTER] * 3)
    with pytest.raises(GatewayUnavailable):
        start(committed_personas)
    with acting_as(SYSTEM):
        payment = Payment.objects.get()
    [session] = [one for one in stripe.state.objects.values() if one["object"] == "checkout.session"]
    session, intent = stripe.state.pay(session["id"])

    assert deliver(stripe, stripe.event("checkout.session.completed", session)) == ["credited"]
    assert deliver(stripe, stripe.event("payment_intent.succeeded", intent)) == ["already credited"]
    assert fresh(payment).status == Payment.Status.SETTLED
    assert balance(committed_personas) == Decimal("7000.00")


def test_answer_of_start_after_the_webhook_keeps_the_payment_settled(stripe, committed_personas):
    stripe.slowness = 0.3

    def pay_when_made() -> None:
        for _wait in range(200):
            made = [one for one in list(stripe.state.objects.values()) if one["object"] == "checkout.session"]
            if made:
                session, _intent = stripe.state.pay(made[0]["id"])
                deliver(stripe, stripe.event("checkout.session.completed", session))
                return
            time.sleep(0.005)

    with crowd(2) as threads:
        payment, _nothing = threads.at_once(lambda: start(committed_personas), pay_when_made)

    payment = fresh(payment)
    assert payment.status == Payment.Status.SETTLED
    assert payment.provider_id.startswith("cs_test_")
    assert receipts() == 1


def test_cancelled_payment_closes_its_page(stripe, committed_personas):
    payment = start(committed_personas)

    for _repeat in range(2):
        cancel_payment(actor=committed_personas.as_owner, payment_id=payment.pk)

    assert fresh(payment).status == Payment.Status.CANCELLED
    assert stripe.state.objects[payment.provider_id]["status"] == "expired"


def test_cancelling_needs_no_answer_of_stripe(stripe, committed_personas):
    payment = start(committed_personas)
    stripe.make_trouble(SESSIONS, *[Trouble.RESET_BEFORE] * 3)

    assert cancel_payment(actor=committed_personas.as_owner, payment_id=payment.pk).status == Payment.Status.CANCELLED


def test_recharge_is_credited_under_its_intent(stripe, committed_personas):
    payment = start(committed_personas)

    assert deliver(stripe, *pay(stripe, payment)) == ["credited", "already credited"]
    assert fresh(payment).ledger_key == f"stripe:{stripe.state.objects[payment.provider_id]['payment_intent']}"
