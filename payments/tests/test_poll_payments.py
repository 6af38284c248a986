"""The poll: settles payments whose webhook never came, ends those past their time, asks each one once at a time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.errors import GatewayUnavailable
from payments.models import Payment
from payments.services import poll_payment, poll_payments
from payments.tests.stripe_world import balance, deliver, fresh, pay, receipts, reviews, start
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.fakes.stripe import Trouble

Status = Payment.Status
LATER = timedelta(minutes=3)


@pytest.fixture
def payment(stripe, committed_personas) -> Payment:
    return start(committed_personas)


def test_poll_settles_what_no_webhook_announced(stripe, committed_personas, payment, time_machine):
    events = pay(stripe, payment)
    assert poll_payments() == {}

    time_machine.move_to(timezone.now() + LATER)
    assert poll_payments() == {"credited": 1}

    assert fresh(payment).status == Status.SETTLED
    assert balance(committed_personas) == Decimal("7000.00")
    assert deliver(stripe, *events) == ["already credited", "already credited"]
    assert poll_payments() == {}
    assert (receipts(), broken_invariants()) == (1, {})


def test_open_page_is_asked_about_with_growing_pauses(stripe, payment, time_machine):
    now = timezone.now()
    asked_at = []
    for minute in range(0, 180, 1):
        time_machine.move_to(now + timedelta(minutes=minute, seconds=1), tick=False)
        if poll_payments():
            asked_at.append(minute)

    assert asked_at == [2, 4, 8, 16, 32, 64, 124]


def test_expired_page_ends_the_payment(stripe, payment, time_machine):
    stripe.state.objects[payment.provider_id]["status"] = "expired"
    time_machine.move_to(timezone.now() + LATER)

    assert poll_payments() == {"payment expired": 1}
    assert fresh(payment).status == Status.EXPIRED


def test_slow_method_is_followed_to_its_end(stripe, payment, time_machine):
    stripe.state.pay(payment.provider_id, slow=True)
    time_machine.move_to(timezone.now() + LATER)
    assert poll_payment(payment.pk) == "processing"

    stripe.state.end_slow(payment.provider_id, paid=False)
    time_machine.move_to(timezone.now() + LATER)
    assert poll_payment(payment.pk) == "payment failed"
    assert fresh(payment).failure_code == "payment_intent_payment_attempt_failed"


def test_slow_method_that_paid(stripe, payment, time_machine):
    stripe.state.pay(payment.provider_id, slow=True)
    stripe.state.end_slow(payment.provider_id, paid=True)
    time_machine.move_to(timezone.now() + LATER)

    assert poll_payments() == {"credited": 1}


def lost_start(stripe, personas, trouble: Trouble) -> Payment:
    stripe.make_trouble("POST /v1/checkout/sessions", *[trouble] * 3)
    with pytest.raises(GatewayUnavailable):
        start(personas)
    with acting_as(SYSTEM):
        return Payment.objects.get()


def test_page_whose_answer_was_lost_is_found_by_its_customer(stripe, committed_personas, time_machine):
    payment = lost_start(stripe, committed_personas, Trouble.SILENCE_AFTER)
    [session] = [one for one in stripe.state.objects.values() if one["object"] == "checkout.session"]
    stripe.state.pay(session["id"])
    time_machine.move_to(timezone.now() + LATER)

    assert poll_payments() == {"credited": 1}
    assert fresh(payment).provider_id == session["id"]


def test_page_that_was_never_made_ends_after_its_time(stripe, committed_personas, time_machine):
    payment = lost_start(stripe, committed_personas, Trouble.RESET_BEFORE)
    time_machine.move_to(timezone.now() + LATER)
    assert poll_payments() == {"still open": 1}

    time_machine.move_to(timezone.now() + timedelta(hours=3))
    assert poll_payments() == {"payment expired": 1}
    assert fresh(payment).status == Status.EXPIRED
    assert len(stripe.lines("POST /v1/checkout/sessions")) == 0


def test_page_of_another_account_ends_after_its_time(stripe, payment, time_machine):
    """The keys were changed: nobody can be asked about it any more, and it may not keep others from being asked."""
    stripe.state.objects.clear()
    time_machine.move_to(timezone.now() + LATER)
    assert poll_payments() == {"still open": 1}

    time_machine.move_to(timezone.now() + timedelta(hours=3))
    assert poll_payments() == {"payment expired": 1}


def test_lies_go_to_staff(stripe, committed_personas, payment, time_machine):
    session, _intent = stripe.state.pay(payment.provider_id)
    session["amount_total"] = 1
    time_machine.move_to(timezone.now() + LATER)

    assert poll_payments() == {"not credited, wrong_amount: staff": 1}
    assert reviews() == ["wrong_amount"]
    assert balance(committed_personas) == Decimal("5000.00")


def test_silent_provider_is_left_alone_and_asked_again_later(stripe, committed_personas, time_machine):
    for _number in range(5):
        start(committed_personas)
    time_machine.move_to(timezone.now() + LATER)
    stripe.make_trouble("GET /v1/checkout/sessions", *[Trouble.RESET_BEFORE] * 9)

    assert poll_payments() == {"no answer": 3}
    time_machine.move_to(timezone.now() + LATER)
    assert poll_payments() == {"noted": 5}


def test_two_polls_at_once_ask_once(stripe, committed_personas, payment, time_machine):
    stripe.state.pay(payment.provider_id)
    time_machine.move_to(timezone.now() + LATER)
    before = len(stripe.lines("GET /v1/checkout/sessions"))

    with crowd(6) as threads:
        outcomes = threads.at_once(*[lambda: poll_payment(payment.pk)] * 6)

    assert sorted(outcomes) == ["asked by another"] * 5 + ["credited"]
    assert len(stripe.lines("GET /v1/checkout/sessions")) == before + 1


def test_poll_and_webhook_at_once_credit_once(stripe, committed_personas, payment, time_machine):
    events = pay(stripe, payment)
    time_machine.move_to(timezone.now() + LATER)

    with crowd(3) as threads:
        threads.at_once(
            lambda: poll_payment(payment.pk),
            lambda: deliver(stripe, events[0]),
            lambda: deliver(stripe, events[1]),
        )

    assert balance(committed_personas) == Decimal("7000.00")
    assert (receipts(), reviews(), broken_invariants()) == (1, [], {})


def test_settled_failed_and_foreign_methods_are_not_asked(stripe, committed_personas, sandbox_payment, time_machine):
    time_machine.move_to(timezone.now() + LATER)

    assert poll_payments() == {}
    assert stripe.seen == []


def test_payment_past_its_end_at_a_provider_that_cannot_be_asked(stripe, sandbox_payment, time_machine):
    with acting_as(SYSTEM):
        Payment.objects.filter(pk=sandbox_payment.pk).update(expires_at=timezone.now())
    assert poll_payments() == {}
    time_machine.move_to(timezone.now() + timedelta(hours=1, minutes=1))

    assert poll_payments() == {"payment expired": 1}


def test_job_says_what_it_did(stripe, payment, time_machine):
    stripe.state.pay(payment.provider_id)
    time_machine.move_to(timezone.now() + LATER)

    assert JOBS["poll_payments"].run().summary.startswith("Open payments: credited 1; cards finished: 0")
    assert JOBS["poll_payments"].run().summary.startswith("Open payments: none; cards finished: 0")
