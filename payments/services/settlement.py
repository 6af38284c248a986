"""What a provider's word means for the books: credit once, never twice, and staff where it doesn't fit.

Everything here runs in one transaction as the platform, with the payment's row locked first, then the deposit's.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit import record_audit
from deposits.errors import DepositSuspended
from deposits.models import Deposit
from deposits.services import activate_deposit, get_deposit, recharge_deposit
from leadsmarket.lib.errors import Refusal
from payments.gateways.base import Notice, Said
from payments.models import Payment, ReviewItem, WebhookEvent
from payments.services.auto_recharge_failures import note_auto_recharge_failure
from payments.services.cards import note_card
from payments.services.receipts import issue_receipt
from payments.services.reversals import KINDS as REVERSALS
from payments.services.reversals import book_reversal, pay_receivables
from payments.services.reviews import open_review
from payments.signals import payment_failed, payment_settled

Kind = ReviewItem.Kind
Status = Payment.Status

ENDED_WITHOUT_MONEY = {
    Said.FAILED: Status.FAILED,
    Said.CANCELLED: Status.CANCELLED,
    Said.EXPIRED: Status.EXPIRED,
}


@transaction.atomic
def apply_notice(*, method: str, notice: Notice, event: WebhookEvent | None = None) -> str:
    """Do what follows from one notice of a provider and return, in a few words, what was done.

    Repeated, late and contrary notices change nothing twice: the payment's state and the ledger key decide. What doesn't
    fit (unknown payment, other amount, currency or mode) credits nothing and goes to staff.
    """
    if notice.card is not None:
        return note_card(notice.said, notice.card)
    payment = _find_locked(method, notice)
    if event is not None and payment is not None and event.payment_id is None:
        event.payment = payment
        event.save(update_fields=["payment"])
    if payment is None:
        if notice.said in (Said.NOTHING, Said.EXPIRED, Said.CANCELLED):
            return "ignored: unknown payment"
        open_review(Kind.UNKNOWN_PAYMENT, _in_words(notice), event=event)
        return "unknown payment: staff"
    if notice.is_live is not None and notice.is_live != settings.PAYMENTS_LIVE:
        open_review(Kind.WRONG_MODE, _in_words(notice), payment=payment, event=event)
        return "other mode than ours: staff"
    if notice.attention:
        open_review(Kind.OTHER, notice.attention, payment=payment, event=event)
    if notice.attention_if_settled and payment.status == Status.SETTLED:
        open_review(Kind.OTHER, notice.attention_if_settled, payment=payment, event=event)
    if notice.said == Said.PAID:
        return _paid(payment, notice, event)
    if notice.said in REVERSALS:
        return book_reversal(payment, notice, event)
    if notice.said in ENDED_WITHOUT_MONEY:
        return _ended(payment, notice)
    if notice.said == Said.PROCESSING and payment.status in (Status.CREATED, Status.PENDING):
        payment.status = Status.PROCESSING
        payment.save(update_fields=["status"])
        return "processing"
    return "noted"


@transaction.atomic
def settle_payment(payment: Payment, *, credited_amount: Decimal, ledger_key: str) -> Payment:
    """Credit a payment whose row the caller has locked, and issue its receipt; once.

    credited_amount: what arrived (MAD). Opens the deposit where it waits for this payment, else recharges it; then pays
    what the merchant owes from reversals. Raises DepositSuspended (closed deposit), AmountTooSmall (opening).
    """
    _credit(payment, credited_amount)
    payment.status = Status.SETTLED
    payment.settled_at = timezone.now()
    payment.credited_amount = credited_amount
    payment.ledger_key = ledger_key
    payment.failure_code = payment.failure_message = ""
    payment.save(
        update_fields=["status", "settled_at", "credited_amount", "ledger_key", "failure_code", "failure_message"]
    )
    pay_receivables(payment)
    receipt = issue_receipt(payment)
    record_audit(
        "payments.payment.settled",
        payment,
        merchant_id=payment.merchant_id,
        data={"credited": str(credited_amount), "ledger_key": ledger_key, "receipt": receipt.number},
    )
    payment_settled.send(Payment, payment=payment, receipt=receipt)
    return payment


def _paid(payment: Payment, notice: Notice, event: WebhookEvent | None) -> str:
    if payment.status == Status.SETTLED:
        if payment.ledger_key == notice.ledger_key:
            return "already credited"
        open_review(Kind.SECOND_MONEY, _in_words(notice), payment=payment, event=event)
        return "paid a second time: staff"
    problem = _problem(payment, notice)
    if problem:
        open_review(problem, _in_words(notice), payment=payment, event=event)
        return f"not credited, {problem}: staff"
    ended_before = not payment.is_open
    try:
        settle_payment(payment, credited_amount=payment.amount, ledger_key=notice.ledger_key)
    except Refusal as refusal:
        payment.refresh_from_db()
        open_review(Kind.NOT_CREDITED, f"{_in_words(notice)}: {refusal.code}", payment=payment, event=event)
        return "could not be credited: staff"
    if ended_before:
        open_review(Kind.LATE_SUCCESS, _in_words(notice), payment=payment, event=event)
    return "credited"


def _problem(payment: Payment, notice: Notice) -> str:
    if not notice.ledger_key:
        return Kind.OTHER
    if notice.currency != "MAD":
        return Kind.WRONG_CURRENCY
    if notice.amount != payment.amount:
        return Kind.WRONG_AMOUNT
    if Payment.objects.filter(ledger_key=notice.ledger_key).exists():
        return Kind.SECOND_MONEY
    return ""


def _ended(payment: Payment, notice: Notice) -> str:
    if not payment.is_open:
        return "nothing to change"
    payment.status = ENDED_WITHOUT_MONEY[notice.said]
    payment.failure_code = notice.failure_code[:80]
    payment.failure_message = notice.failure_message[:300]
    payment.save(update_fields=["status", "failure_code", "failure_message"])
    if payment.purpose == Payment.Purpose.AUTO_RECHARGE:
        note_auto_recharge_failure(payment)
    elif payment.status == Status.FAILED:
        payment_failed.send(Payment, payment=payment)
    return f"payment {payment.status}"


def _credit(payment: Payment, amount: Decimal) -> None:
    details: dict[str, Any] = {
        "deposit_id": payment.deposit_id,
        "amount": amount,
        "payment_id": payment.pk,
        "payment_method": payment.method,
        "payment_reference": payment.reference,
    }
    if get_deposit(payment.deposit_id).status == Deposit.Status.AWAITING_PAYMENT:
        try:
            with transaction.atomic():
                activate_deposit(**details)
            return
        except DepositSuspended:
            # Another payment opened it in this moment: this one is a recharge then.
            pass
    recharge_deposit(**details)


def _find_locked(method: str, notice: Notice) -> Payment | None:
    payments = Payment.objects.filter(method=method).select_for_update(no_key=True)
    if notice.reference:
        return payments.filter(reference=notice.reference).first()
    if notice.provider_id:
        return payments.filter(provider_id=notice.provider_id).first()
    return None


def _in_words(notice: Notice) -> str:
    return (
        f"{notice.said}: {notice.amount} {notice.currency}, reference {notice.reference or '-'},"
        f" provider id {notice.provider_id or '-'}, ledger key {notice.ledger_key or '-'}, live {notice.is_live}"
    )
