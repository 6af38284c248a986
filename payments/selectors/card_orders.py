"""Reads about the orders that went to a card acquirer's page; read by callbacks, so as the platform."""

from dataclasses import dataclass
from uuid import UUID

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import CardOrder, Payment


@dataclass(frozen=True, slots=True)
class SentOrder:
    """What was sent under one order number, and the payment that it was for."""

    payment_id: UUID
    reference: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Payer:
    """Who the acquirer is told that pays: the company, and the address of the person who asked."""

    name: str
    email: str


def payer_of(payment: Payment) -> Payer:
    """Return who makes a payment."""
    with acting_as(SYSTEM):
        row = Payment.objects.select_related("merchant", "user").get(pk=payment.pk)
    return Payer(row.merchant.name, row.user.email if row.user else "")


def sent_order(oid: str) -> SentOrder | None:
    """Return an order by its number; None for one that we never sent."""
    with acting_as(SYSTEM):
        order = CardOrder.objects.select_related("payment").filter(oid=_findable(oid)).first()
    return SentOrder(order.payment_id, order.payment.reference, order.fields) if order else None


def _findable(oid: str) -> str:
    """A number that can be looked up: PostgreSQL takes neither NUL nor half a character."""
    return oid if oid.isascii() and oid.isalnum() and len(oid) <= 64 else ""
