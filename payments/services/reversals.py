"""Refunds and chargebacks at the provider, and what a merchant owes because of them (product.md, "Deposit")."""

from decimal import Decimal

from accounts.audit import record_audit
from deposits.models import Deposit
from deposits.services import adjust_deposit, get_deposit, resume_deposit, suspend_deposit, take_back_from_deposit
from leadsmarket.lib.money import ZERO
from payments.gateways.base import Notice, Said
from payments.models import Payment, PaymentReversal, Receivable, ReceivableSettlement, ReviewItem, WebhookEvent
from payments.services.reviews import open_review
from payments.signals import payment_reversed

KINDS = {
    Said.REFUNDED: PaymentReversal.Kind.REFUND,
    Said.CHARGED_BACK: PaymentReversal.Kind.CHARGEBACK,
    Said.CHARGEBACK_WON: PaymentReversal.Kind.CHARGEBACK_WON,
    Said.REFUND_FAILED: PaymentReversal.Kind.REFUND_FAILED,
}

GIVEN_BACK = (Said.CHARGEBACK_WON, Said.REFUND_FAILED)


def book_reversal(payment: Payment, notice: Notice, event: WebhookEvent | None) -> str:
    """Book one movement of money out of (or back into) a settled payment, once by its ledger key.

    Takes what is available off the deposit; the rest becomes a receivable and the deposit is suspended. Staff is told
    always. A reversal of a payment that was never credited, or of more than it credited, only goes to staff, and so does
    money given back that was never taken (notice.undoes).
    """
    kind = KINDS[notice.said]
    if PaymentReversal.objects.filter(ledger_key=notice.ledger_key).exists():
        return "already booked"
    amount = notice.amount or ZERO
    details = f"{kind}: {amount} {notice.currency}, {notice.ledger_key}"
    open_review(ReviewItem.Kind.REVERSED, details, payment=payment, event=event)
    if payment.status != Payment.Status.SETTLED or notice.currency != "MAD" or amount <= 0 or not notice.ledger_key:
        return "reversal that fits no credit: staff"
    reversal = PaymentReversal(payment=payment, kind=kind, ledger_key=notice.ledger_key, amount=amount)
    if notice.said in GIVEN_BACK:
        if not PaymentReversal.objects.filter(payment=payment, ledger_key=notice.undoes).exists():
            return "gives back what was never taken: staff"
        _give_back(payment, reversal)
    else:
        if payment.reversed_amount + amount > (payment.credited_amount or ZERO):
            return "reversal larger than the credit: staff"
        _take_back(payment, reversal)
    record_audit(
        "payments.payment.reversed",
        payment,
        merchant_id=payment.merchant_id,
        data={"kind": kind, "amount": str(amount), "taken": str(reversal.taken_amount)},
    )
    payment_reversed.send(Payment, payment=payment, reversal=reversal)
    return f"{kind} booked"


def pay_receivables(payment: Payment) -> None:
    """Pay what the merchant owes on this deposit out of a recharge just credited, the oldest first.

    Lets a deposit that was suspended for the debt work again once nothing is owed.
    """
    owed = list(
        Receivable.objects.owed().filter(deposit_id=payment.deposit_id).order_by("id").select_for_update(no_key=True)
    )
    available = get_deposit(payment.deposit_id).available_balance
    for receivable in owed:
        part = min(receivable.amount - receivable.settled_amount, available)
        if part <= 0:
            return
        adjust_deposit(
            deposit_id=payment.deposit_id,
            amount=-part,
            reason=f"Receivable {receivable.pk} paid by {payment.reference}",
        )
        ReceivableSettlement.objects.create(receivable=receivable, payment=payment, amount=part)
        receivable.settled_amount += part
        receivable.save(update_fields=["settled_amount"])
        available -= part
    still_owed = any(receivable.settled_amount < receivable.amount for receivable in owed)
    if owed and not still_owed and get_deposit(payment.deposit_id).status == Deposit.Status.SUSPENDED:
        resume_deposit(deposit_id=payment.deposit_id, reason="Nothing is owed any more")


def _take_back(payment: Payment, reversal: PaymentReversal) -> None:
    reason = f"{reversal.get_kind_display()} {payment.reference}"
    reversal.taken_amount = take_back_from_deposit(deposit_id=payment.deposit_id, amount=reversal.amount, reason=reason)
    reversal.save(force_insert=True)
    payment.reversed_amount += reversal.amount
    payment.save(update_fields=["reversed_amount"])
    missing = reversal.amount - reversal.taken_amount
    if missing > 0:
        Receivable.objects.create(
            merchant_id=payment.merchant_id, deposit_id=payment.deposit_id, reversal=reversal, amount=missing
        )
        suspend_deposit(deposit_id=payment.deposit_id, reason=f"Owes {missing} MAD: {reason}")


def _give_back(payment: Payment, reversal: PaymentReversal) -> None:
    amount: Decimal = min(reversal.amount, payment.reversed_amount)
    reversal.save(force_insert=True)
    if amount > 0:
        payment.reversed_amount -= amount
        payment.save(update_fields=["reversed_amount"])
        adjust_deposit(
            deposit_id=payment.deposit_id, amount=amount, reason=f"{reversal.get_kind_display()} {payment.reference}"
        )
        pay_receivables(payment)
