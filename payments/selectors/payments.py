"""Reads about one payment and the lists of them. Row security leaves each merchant its own."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deposits.models import Deposit
from deposits.selectors import with_names
from payments.models import Payment, Receipt

# What a payer can do something about; every other code is told as "refused". Names are those of Stripe and of our gateways.
FAILURE_REASONS: dict[str, str | Promise] = {
    "insufficient_funds": _("There is not enough money on the card or account."),
    "expired_card": _("The card has expired."),
    "incorrect_cvc": _("The security code of the card is wrong."),
    "incorrect_number": _("The card number is wrong."),
    "authentication_required": _("The bank asked for a confirmation that was not given."),
    "authentication_failed": _("The bank asked for a confirmation that was not given."),
    "lost_card": _("The bank no longer accepts this card."),
    "stolen_card": _("The bank no longer accepts this card."),
    "rejected": _("Our team could not credit the transfer. Please contact us."),
    "invoice_invalid": _("The network did not confirm the payment in time. If you paid, please contact us."),
    "gateway_unavailable": _("The payment provider didn't answer."),
}
REFUSED = _("The bank or the payment provider refused the payment. They don't always tell us why.")


@dataclass(frozen=True, slots=True)
class PaymentState:
    """How a payment stands, for the page that says so. receipt is None until the payment is settled."""

    payment: Payment
    deposit: Deposit
    deposit_name: str
    receipt: Receipt | None


def merchant_payments(merchant_id: UUID) -> QuerySet[Payment]:
    """Return a merchant's payments with their receipts."""
    return Payment.objects.filter(merchant_id=merchant_id).select_related("receipt")


def payment_state(payment_id: UUID) -> PaymentState | None:
    """Return how a payment stands; None where the actor sees no such payment. Two queries."""
    payment = Payment.objects.select_related("deposit", "receipt").filter(pk=payment_id).first()
    if payment is None:
        return None
    [named] = with_names([payment.deposit])
    return PaymentState(payment, payment.deposit, named.name, getattr(payment, "receipt", None))


def failure_reason(payment: Payment) -> str | Promise:
    """Say in plain words why a payment failed; empty where nothing is known to have failed."""
    if payment.failure_code:
        return FAILURE_REASONS.get(payment.failure_code, REFUSED)
    return REFUSED if payment.status == Payment.Status.FAILED else ""
