"""How tests talk to the fake Stripe: start a recharge, deliver events, look at the books."""

from decimal import Decimal
from uuid import UUID

from deposits.models import Deposit, DepositTransaction
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import AutoRecharge, Payment, Receipt, ReviewItem, SavedCard
from payments.services import (
    AutoRechargeTerms,
    configure_auto_recharge,
    keep_card,
    process_event,
    receive_webhook,
    start_recharge,
)
from tests.fakes.stripe import FakeStripe, Object
from tests.personas import Personas

AMOUNT = Decimal("2000.00")


def start(personas: Personas, amount: Decimal = AMOUNT, **options: bool) -> Payment:
    """Start a recharge of Atlas' deposit by Stripe, as its owner."""
    return start_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, amount=amount, method="stripe", **options
    ).payment


def deliver(stripe: FakeStripe, *events: Object) -> list[str]:
    """Send events and process them at once, in this order; returns the outcomes."""
    outcomes = []
    for event in events:
        body, headers = stripe.signed(event)
        queued: list[UUID] = []
        receive_webhook(provider="stripe", body=body, headers=headers, queue=queued.append)
        outcomes += [process_event(event_id) for event_id in queued]
    return outcomes


def pay(stripe: FakeStripe, payment: Payment) -> tuple[Object, Object]:
    """Pay on the page; returns the two events that Stripe sends about it."""
    session, intent = stripe.state.pay(payment.provider_id)
    return stripe.event("payment_intent.succeeded", intent), stripe.event("checkout.session.completed", session)


def settled(stripe: FakeStripe, personas: Personas, **options: bool) -> Payment:
    """A recharge that was paid and credited."""
    payment = start(personas, **options)
    deliver(stripe, pay(stripe, payment)[0])
    return fresh(payment)


def saved_card(stripe: FakeStripe, personas: Personas) -> SavedCard:
    """A card of Atlas on file."""
    payment = settled(stripe, personas, save_card=True)
    with acting_as(SYSTEM):
        card = SavedCard.objects.get(payment=payment)
    return keep_card(card.pk)


def auto_recharge(personas: Personas, card: SavedCard, **changes: object) -> AutoRecharge:
    """Atlas' owner agrees to an auto-recharge of 2,000.00 at 90 %, at most 5,000.00 a month."""
    terms = {
        "threshold_percentage": 90,
        "amount": AMOUNT,
        "monthly_limit": Decimal("5000.00"),
        "card_id": card.pk,
        "consent_text": "I agree.",
    }
    return configure_auto_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, terms=AutoRechargeTerms(**(terms | changes))
    )


def fresh(payment: Payment) -> Payment:
    """The payment as it is now."""
    with acting_as(SYSTEM):
        return Payment.objects.select_related("card").get(pk=payment.pk)


def balance(personas: Personas) -> Decimal:
    """Atlas' balance."""
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=personas.deposit.pk).current_balance


def movements(personas: Personas) -> list[tuple[str, Decimal]]:
    """Kind and amount of Atlas' movements after the opening."""
    with acting_as(SYSTEM):
        rows = DepositTransaction.objects.filter(deposit=personas.deposit).exclude(kind="initial").order_by("sequence")
        return [(row.kind, row.amount) for row in rows]


def receipts() -> int:
    """How many receipts there are."""
    with acting_as(SYSTEM):
        return Receipt.objects.count()


def reviews() -> list[str]:
    """The kinds of what staff must look at."""
    with acting_as(SYSTEM):
        return list(ReviewItem.objects.order_by("id").values_list("kind", flat=True))
