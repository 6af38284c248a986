"""Each kind of event that Stripe sends, case by case, in the right and in the wrong order."""

from decimal import Decimal

import pytest
from django.test import Client

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, PaymentReversal, Receivable, WebhookEvent
from payments.services import cancel_payment, process_event, replay_event
from payments.tests.stripe_world import balance, deliver, fresh, movements, pay, receipts, reviews, settled, start
from tests.books import broken_invariants
from tests.fakes.stripe import Trouble

Status = Payment.Status


@pytest.fixture
def payment(stripe, committed_personas) -> Payment:
    return start(committed_personas)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_session_and_intent_are_one_movement(stripe, committed_personas, payment, order):
    events = pay(stripe, payment)

    assert deliver(stripe, *[events[number] for number in order]) == ["credited", "already credited"]
    assert fresh(payment).status == Status.SETTLED
    assert movements(committed_personas) == [("recharge", Decimal("2000.00"))]
    assert (receipts(), reviews()) == (1, [])


def test_two_event_ids_for_one_change_credit_once(stripe, payment):
    session, _intent = stripe.state.pay(payment.provider_id)
    events = [stripe.event("checkout.session.completed", session) for _number in range(2)]

    assert deliver(stripe, *events) == ["credited", "already credited"]


def test_slow_method_waits_then_credits(stripe, committed_personas, payment):
    session, _intent = stripe.state.pay(payment.provider_id, slow=True)
    assert deliver(stripe, stripe.event("checkout.session.completed", session)) == ["processing"]
    assert fresh(payment).status == Status.PROCESSING
    assert balance(committed_personas) == Decimal("5000.00")

    completed = stripe.event("checkout.session.completed", session)
    session, _intent = stripe.state.end_slow(payment.provider_id, paid=True)

    assert deliver(stripe, stripe.event("checkout.session.async_payment_succeeded", session)) == ["credited"]
    assert deliver(stripe, completed) == ["noted"]
    assert fresh(payment).status == Status.SETTLED


def test_slow_method_that_fails_tells_the_merchant(stripe, payment):
    stripe.state.pay(payment.provider_id, slow=True)
    session, intent = stripe.state.end_slow(payment.provider_id, paid=False)

    outcomes = deliver(
        stripe,
        stripe.event("payment_intent.payment_failed", intent),
        stripe.event("checkout.session.async_payment_failed", session),
    )

    assert outcomes == ["noted", "payment failed"]
    assert fresh(payment).failure_code == "async_payment_failed"


def test_a_declined_try_on_the_page_is_not_the_end(stripe, payment):
    intent = stripe.state.fail_a_try(payment.provider_id)

    assert deliver(stripe, stripe.event("payment_intent.payment_failed", intent)) == ["noted"]
    assert fresh(payment).status == Status.PENDING
    assert deliver(stripe, *pay(stripe, payment)) == ["credited", "already credited"]


def test_expired_page_ends_the_payment(stripe, payment):
    session = stripe.state.objects[payment.provider_id]
    session["status"] = "expired"

    assert deliver(stripe, stripe.event("checkout.session.expired", session)) == ["payment expired"]
    assert fresh(payment).status == Status.EXPIRED


def test_expiry_after_the_money_changes_nothing(stripe, payment):
    session = stripe.state.objects[payment.provider_id]
    expired = stripe.event("checkout.session.expired", session | {"status": "expired"})

    assert deliver(stripe, *pay(stripe, payment), expired) == ["credited", "already credited", "nothing to change"]


def test_money_after_cancellation_is_credited_and_staff_told(stripe, committed_personas, payment):
    stripe.make_trouble("POST /v1/checkout/sessions", *[Trouble.RESET_BEFORE] * 3)
    cancel_payment(actor=committed_personas.as_owner, payment_id=payment.pk)

    assert deliver(stripe, *pay(stripe, payment)) == ["credited", "already credited"]
    assert reviews() == ["late_success"]


def test_lies_credit_nothing_and_go_to_staff(stripe, committed_personas, payment):
    _intent_event, session_event = pay(stripe, payment)
    about = session_event["data"]["object"]
    lies = [
        ({"amount_total": 199_999}, {}),
        ({"amount_total": 20_000_000}, {}),
        ({"currency": "eur"}, {}),
        ({"livemode": True}, {}),
        ({}, {"livemode": True}),
        ({"payment_intent": None}, {}),
        ({"metadata": {"payment_reference": "RCHNOBODY"}}, {}),
    ]
    for number, (changes, around) in enumerate(lies):
        deliver(stripe, session_event | around | {"id": f"evt_lie{number}", "data": {"object": about | changes}})

    assert balance(committed_personas) == Decimal("5000.00")
    assert fresh(payment).status == Status.PENDING
    assert reviews() == [
        "wrong_amount",
        "wrong_amount",
        "wrong_currency",
        "wrong_mode",
        "wrong_mode",
        "other",
        "unknown_payment",
    ]
    assert deliver(stripe, session_event) == ["credited"]


def test_money_of_an_intent_that_is_not_ours_goes_to_staff(stripe, payment):
    _session, intent = stripe.state.pay(payment.provider_id)
    stranger = intent | {"id": "pi_stranger", "metadata": {}}

    assert deliver(stripe, stripe.event("payment_intent.succeeded", stranger)) == ["unknown payment: staff"]


def test_second_money_for_one_payment_goes_to_staff(stripe, committed_personas, payment):
    first, _session = pay(stripe, payment)
    second = stripe.event("payment_intent.succeeded", first["data"]["object"] | {"id": "pi_second"})

    assert deliver(stripe, first, second) == ["credited", "paid a second time: staff"]
    assert balance(committed_personas) == Decimal("7000.00")


def test_refunds_are_booked_once_each_whatever_the_total_says(stripe, committed_personas):
    payment = settled(stripe, committed_personas)
    intent_id = payment.ledger_key.removeprefix("stripe:")
    first, charge = stripe.state.refund(intent_id, 50_000)
    after_first = stripe.event("charge.refunded", charge)
    second, charge = stripe.state.refund(intent_id, 150_000)
    after_second = stripe.event("charge.refunded", charge)

    deliver(
        stripe,
        after_second,
        stripe.event("refund.created", second),
        stripe.event("refund.updated", second),
        after_first,
        stripe.event("refund.created", first),
        stripe.event("refund.created", first),
    )

    assert balance(committed_personas) == Decimal("5000.00")
    with acting_as(SYSTEM):
        assert sorted(PaymentReversal.objects.values_list("ledger_key", "amount")) == sorted(
            [(f"stripe:{first['id']}", Decimal("500.00")), (f"stripe:{second['id']}", Decimal("1500.00"))]
        )
    assert_books()


@pytest.mark.parametrize("failed_first", [False, True])
def test_refund_that_fails_gives_the_money_back(stripe, committed_personas, failed_first):
    payment = settled(stripe, committed_personas)
    refund, _charge = stripe.state.refund(payment.ledger_key.removeprefix("stripe:"), 50_000, status="pending")
    created = stripe.event("refund.created", refund)
    refund["status"] = "failed"
    failed = stripe.event("refund.failed", refund)

    deliver(stripe, *([failed, created] if failed_first else [created, failed]), failed | {"id": "evt_again"})

    assert balance(committed_personas) == Decimal("7000.00")
    assert fresh(payment).reversed_amount == 0
    assert_books()


def test_refund_before_the_success_that_it_is_about(stripe, committed_personas, payment):
    events = pay(stripe, payment)
    refund, _charge = stripe.state.refund(events[0]["data"]["object"]["id"], 200_000)

    assert deliver(stripe, stripe.event("refund.created", refund)) == ["credited; refund booked"]
    assert deliver(stripe, *events) == ["already credited", "already credited"]
    assert balance(committed_personas) == Decimal("5000.00")
    assert fresh(payment).reversed_amount == Decimal("2000.00")


def test_refund_waiting_for_the_customers_bank_details_moves_nothing(stripe, committed_personas):
    payment = settled(stripe, committed_personas)
    refund, _charge = stripe.state.refund(payment.ledger_key.removeprefix("stripe:"), 50_000, status="requires_action")

    assert deliver(stripe, stripe.event("refund.created", refund)) == ["already credited"]
    assert balance(committed_personas) == Decimal("7000.00")


@pytest.mark.parametrize("reinstated_first", [False, True])
def test_dispute_takes_and_won_dispute_gives_back(stripe, committed_personas, reinstated_first):
    payment = settled(stripe, committed_personas)
    dispute = stripe.state.dispute(payment.ledger_key.removeprefix("stripe:"))
    created, withdrawn, reinstated, closed = (
        stripe.event(f"charge.dispute.{name}", dispute)
        for name in ("created", "funds_withdrawn", "funds_reinstated", "closed")
    )
    if not reinstated_first:
        assert deliver(stripe, created, withdrawn)[1] == "already credited; chargeback booked"
        assert balance(committed_personas) == Decimal("5000.00")
        deliver(stripe, reinstated, closed)
    else:
        deliver(stripe, reinstated, withdrawn, created, closed)

    assert balance(committed_personas) == Decimal("7000.00")
    assert fresh(payment).reversed_amount == 0
    with acting_as(SYSTEM):
        keys = set(PaymentReversal.objects.values_list("ledger_key", flat=True))
    assert keys == {f"stripe:{dispute['id']}:withdrawn", f"stripe:{dispute['id']}:reinstated"}
    assert_books()


def test_dispute_before_the_success_credits_first(stripe, committed_personas, payment):
    events = pay(stripe, payment)
    dispute = stripe.state.dispute(events[0]["data"]["object"]["id"])

    outcomes = deliver(stripe, stripe.event("charge.dispute.funds_withdrawn", dispute), *events)

    assert outcomes == ["credited; chargeback booked", "already credited", "already credited"]
    assert balance(committed_personas) == Decimal("5000.00")


def test_inquiry_moves_no_money(stripe, committed_personas):
    payment = settled(stripe, committed_personas)
    dispute = stripe.state.dispute(payment.ledger_key.removeprefix("stripe:"), status="warning_needs_response")

    deliver(stripe, stripe.event("charge.dispute.created", dispute), stripe.event("charge.dispute.updated", dispute))

    assert balance(committed_personas) == Decimal("7000.00")
    assert reviews() == ["other"]


def test_dispute_won_after_a_full_refund_gives_nothing_back(stripe, committed_personas):
    """The refund took all: the dispute could take nothing, so that winning it may not undo the refund."""
    payment = settled(stripe, committed_personas)
    intent_id = payment.ledger_key.removeprefix("stripe:")
    refund, _charge = stripe.state.refund(intent_id, 200_000)
    dispute = stripe.state.dispute(intent_id)

    deliver(
        stripe,
        stripe.event("refund.created", refund),
        stripe.event("charge.dispute.funds_withdrawn", dispute),
        stripe.event("charge.dispute.funds_reinstated", dispute),
    )

    assert balance(committed_personas) == Decimal("5000.00")
    assert fresh(payment).reversed_amount == Decimal("2000.00")


def test_chargeback_larger_than_what_is_there_becomes_a_debt(stripe, committed_personas):
    payment = settled(stripe, committed_personas)
    for _number in range(70):
        committed_personas.submit("1500.00")  # 80.00 reserved each
    dispute = stripe.state.dispute(payment.ledger_key.removeprefix("stripe:"))
    deliver(stripe, stripe.event("charge.dispute.funds_withdrawn", dispute))

    with acting_as(SYSTEM):
        assert Receivable.objects.get().amount == Decimal("600.00")
    deliver(stripe, stripe.event("charge.dispute.funds_reinstated", dispute))
    with acting_as(SYSTEM):
        assert not Receivable.objects.owed().exists()
    assert_books()


def test_replay_by_staff_credits_nothing_twice(stripe, committed_personas, payment):
    deliver(stripe, *pay(stripe, payment))
    with acting_as(SYSTEM):
        events = list(WebhookEvent.objects.values_list("pk", flat=True))

    outcomes: list[str] = []
    for event_id in events:
        with acting_as(committed_personas.as_staff):
            replay_event(event_id=event_id, queue=lambda found: outcomes.append(process_event(found)))
    assert outcomes == ["already credited"] * len(events)
    assert movements(committed_personas) == [("recharge", Decimal("2000.00"))]


def test_unknown_type_is_stored_and_done(stripe, committed_db):
    assert deliver(stripe, stripe.event("customer.created", {"id": "cus_1", "object": "customer"})) == ["nothing to do"]


@pytest.mark.parametrize("path", ["/webhooks/stripe", "/api/webhooks/stripe"])
def test_door_takes_signed_events_only(stripe, committed_personas, payment, settings, path):
    event = pay(stripe, payment)[1]
    good, header = stripe.signed(event)
    twice = {"stripe-signature": f"{header['stripe-signature']},v1={'0' * 64},v0=abc"}
    refused = [
        stripe.signed(event, secret="whsec_other"),
        stripe.signed(event, age=400),
        stripe.signed(event, cut=20),
        (good + b" ", header),
        (good, {}),
        (good, {"stripe-signature": ""}),
        (good, {"stripe-signature": "t=abc,v1="}),
        (good, {"stripe-signature": header["stripe-signature"].replace("v1=", "v0=")}),
        (b"", header),
        (b"\xff\xfe", header),
        stripe.signed(["not", "an", "event"]),
        stripe.signed({"object": "event"}),
        stripe.signed({"object": "v2.core.event", "id": "evt_thin", "type": "v1.billing"}),
    ]
    for body, headers in refused:
        assert post(path, body, headers).status_code == 400, (body, headers)
    with acting_as(SYSTEM):
        assert not WebhookEvent.objects.exists()

    settings.STRIPE_WEBHOOK_SECRET = ""
    assert post(path, *stripe.signed(event, secret="")).status_code == 400
    settings.STRIPE_WEBHOOK_SECRET = stripe.secret

    assert [post(path, good, header).status_code, post(path, good, twice).status_code] == [200, 200]
    with acting_as(SYSTEM):
        assert WebhookEvent.objects.get().event_id == event["id"]


def post(path: str, body: bytes, headers: dict[str, str]):
    client = Client(enforce_csrf_checks=True)
    return client.post(path, body, content_type="application/json", headers=headers)


def assert_books() -> None:
    assert not any(broken_invariants().values())
