"""Bank transfers: staff says what arrived, or that nothing will come."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.models import Deposit, PaymentMethod
from deposits.services import MINIMUM_OPENING_AMOUNT, check_amount, get_deposit
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.money import CENTIME
from payments.errors import PaymentEnded, PaymentNotFound
from payments.models import Payment
from payments.services.settlement import settle_payment
from payments.signals import payment_failed

LONGEST_REFERENCE = 80


@transaction.atomic
def confirm_transfer(*, payment_id: UUID, received_amount: Decimal, bank_reference: str, received_on: date) -> Payment:
    """Credit what arrived for a bank transfer, which may be another amount than was announced; staff only.

    bank_reference: the line of the bank's statement; it credits once. A payment that was cancelled, rejected or had expired
    is credited too: the money is there. Raises PaymentNotFound, PaymentEnded (settled), InvalidInput (bank_reference,
    received_on), AmountTooSmall (under 2,000.00 for an opening), DepositSuspended. Rule: product.md, "Payments".
    """
    payment = _locked(payment_id)
    if payment.status == Payment.Status.SETTLED:
        raise PaymentEnded
    opens = get_deposit(payment.deposit_id).status == Deposit.Status.AWAITING_PAYMENT
    check_amount("received_amount", received_amount, MINIMUM_OPENING_AMOUNT if opens else CENTIME)
    ledger_key = _ledger_key(bank_reference)
    if received_on > timezone.localdate():
        raise InvalidInput(fields={"received_on": _("This day has not come yet.")})
    _refuse_known(ledger_key)
    try:
        with transaction.atomic():
            settle_payment(payment, credited_amount=received_amount, ledger_key=ledger_key)
    except IntegrityError:
        # Somebody confirmed the same line for another payment in this moment.
        _refuse_known(ledger_key)
        raise
    record_audit(
        "payments.transfer.confirmed",
        payment,
        merchant_id=payment.merchant_id,
        data={
            "asked": str(payment.amount),
            "received": str(received_amount),
            "bank_reference": bank_reference.strip(),
            "received_on": received_on.isoformat(),
        },
    )
    return payment


@transaction.atomic
def reject_transfer(*, payment_id: UUID, reason: str) -> Payment:
    """End an open transfer that staff won't credit; the merchant is told.

    Raises PaymentNotFound, PaymentEnded, InvalidInput (reason).
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput(fields={"reason": _("Please say why.")})
    payment = _end(payment_id, Payment.Status.FAILED, reason)
    payment_failed.send(Payment, payment=payment)
    return payment


@transaction.atomic
def expire_transfer(*, payment_id: UUID) -> Payment:
    """End an open transfer for which nothing came, before its 30 days are over. Raises PaymentNotFound, PaymentEnded."""
    return _end(payment_id, Payment.Status.EXPIRED)


def _end(payment_id: UUID, status: str, reason: str = "") -> Payment:
    payment = _locked(payment_id)
    if not payment.is_open:
        raise PaymentEnded
    payment.status = status
    payment.failure_code = "rejected" if reason else ""
    payment.failure_message = reason[:300]
    payment.save(update_fields=["status", "failure_code", "failure_message"])
    action = "rejected" if reason else "expired"
    record_audit(
        f"payments.transfer.{action}",
        payment,
        merchant_id=payment.merchant_id,
        data={"reason": reason} if reason else {},
    )
    return payment


def _locked(payment_id: UUID) -> Payment:
    payment = (
        Payment.objects.filter(pk=payment_id, method=PaymentMethod.BANK_TRANSFER).select_for_update(no_key=True).first()
    )
    if payment is None:
        raise PaymentNotFound
    return payment


def _ledger_key(bank_reference: str) -> str:
    """The same line typed with other spaces or in other letters is the same money."""
    reference = "".join(bank_reference.split()).upper()
    if not reference:
        raise InvalidInput(fields={"bank_reference": _("This field is required.")})
    if len(reference) > LONGEST_REFERENCE:
        raise InvalidInput(fields={"bank_reference": _("This reference is too long.")})
    return f"transfer:{reference}"


def _refuse_known(ledger_key: str) -> None:
    known = Payment.objects.filter(ledger_key=ledger_key).first()
    if known is not None:
        text = _("This transfer was credited already, for payment %(reference)s.") % {"reference": known.reference}
        raise InvalidInput(fields={"bank_reference": text})
