"""One payment told a hundred times at once, in any order: one credit, one receipt."""

import random
from decimal import Decimal
from uuid import UUID

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import PaymentReversal, WebhookEvent
from payments.services import process_due_events, process_event, receive_webhook
from payments.tests.stripe_world import balance, fresh, movements, pay, receipts, reviews, start
from tests.books import broken_invariants
from tests.crowd import crowd

THREADS = 10


def storm(stripe, events) -> None:
    """Deliver each event from all threads, processing as it comes, then let the job take the rest."""
    requests = [stripe.signed(event) for event in events]

    def send(body: bytes, headers: dict[str, str]) -> None:
        queued: list[UUID] = []
        receive_webhook(provider="stripe", body=body, headers=headers, queue=queued.append)
        for event_id in queued:
            process_event(event_id)

    def send_share(number: int) -> None:
        for body, headers in requests[number::THREADS]:
            send(body, headers)

    with crowd(THREADS) as threads:
        results = threads.at_once(*[lambda number=number: send_share(number) for number in range(THREADS)])
    assert not [result for result in results if isinstance(result, Exception)]
    process_due_events()


def test_a_hundred_deliveries_of_one_event(stripe, committed_personas):
    payment = start(committed_personas)
    event = pay(stripe, payment)[1]

    storm(stripe, [event] * 100)

    with acting_as(SYSTEM):
        assert WebhookEvent.objects.get().status == "processed"
    assert movements(committed_personas) == [("recharge", Decimal("2000.00"))]
    assert (receipts(), reviews()) == (1, [])
    assert not broken_invariants()


def test_session_and_intent_events_of_one_payment_mixed(stripe, committed_personas):
    payment = start(committed_personas)
    intent_event, session_event = pay(stripe, payment)
    events = []
    for number in range(50):
        # Every second delivery has an event id of its own: different events can describe one change.
        own = {"id": f"evt_storm{number}"} if number % 2 else {}
        events += [intent_event | own, session_event | ({"id": f"evt_other{number}"} if own else {})]
    random.Random(20261120).shuffle(events)

    storm(stripe, events)

    assert fresh(payment).status == "settled"
    assert movements(committed_personas) == [("recharge", Decimal("2000.00"))]
    assert (receipts(), reviews()) == (1, [])
    assert not broken_invariants()


def test_payment_refund_and_dispute_events_mixed(stripe, committed_personas):
    """Money in, half refunded, the other half disputed and won back: every order ends with the same books."""
    payment = start(committed_personas)
    events = list(pay(stripe, payment))
    intent_id = events[0]["data"]["object"]["id"]
    refund, charge = stripe.state.refund(intent_id, 100_000)
    dispute = stripe.state.dispute(intent_id)
    dispute["amount"] = 100_000
    events += [
        stripe.event("refund.created", refund),
        stripe.event("refund.updated", refund),
        stripe.event("charge.refunded", charge),
        stripe.event("charge.dispute.created", dispute),
        stripe.event("charge.dispute.funds_withdrawn", dispute),
        stripe.event("charge.dispute.funds_reinstated", dispute),
    ]
    mixed = events * 10
    random.Random(3).shuffle(mixed)

    storm(stripe, mixed)

    assert balance(committed_personas) == Decimal("6000.00")
    assert fresh(payment).reversed_amount == Decimal("1000.00")
    with acting_as(SYSTEM):
        assert PaymentReversal.objects.count() == 3
        assert not WebhookEvent.objects.exclude(status="processed").exists()
    assert receipts() == 1
    assert not broken_invariants()


def test_two_payments_of_one_deposit_at_once(stripe, committed_personas):
    payments = [start(committed_personas) for _number in range(4)]
    events = [event for payment in payments for event in pay(stripe, payment)]

    storm(stripe, events * 5)

    assert balance(committed_personas) == Decimal("13000.00")
    assert receipts() == 4
    assert not broken_invariants()
