"""Connects the messages to the signals of payments; rows only, in the transaction of the change."""

from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Sum
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alerts.attachments import receipt_attachment
from alerts.kinds import Kind
from alerts.pages import deposit_name, page
from alerts.recipients import merchant_team, staff
from alerts.services import notify
from deposits.models import Deposit, PaymentMethod
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import AutoRecharge, Payment, Receipt, ReviewItem
from payments.selectors.auto_recharge import FAILURES, finish_url
from payments.selectors.payments import failure_reason
from payments.services.auto_recharge_failures import MONTHLY_LIMIT
from payments.signals import auto_recharge_needs_you, payment_failed, payment_settled, review_opened


@receiver(payment_settled, sender=Payment, dispatch_uid="alerts.payment_succeeded")
def tell_payment_succeeded(*, payment: Payment, receipt: Receipt, **_signal: object) -> None:
    """Tell the merchant's team what arrived and what the balance is now, with the receipt."""
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=payment.deposit_id)
        name = deposit_name(deposit)
        owed_part = payment.receivable_settlements.aggregate(total=Sum("amount"))["total"]
    notify(
        Kind.PAYMENT_SUCCEEDED,
        merchant_team(payment.merchant_id),
        cause=f"payment:{payment.pk}",
        context={
            "payment": payment,
            "receipt": receipt,
            "deposit_name": name,
            "new_balance": deposit.current_balance,
            "owed_part": owed_part,
            "is_automatic": payment.purpose == Payment.Purpose.AUTO_RECHARGE,
            "url": page("deposits:detail", deposit.pk),
        },
        about=_about_payment(payment, deposit),
        attachments=[receipt_attachment(receipt.pk)],
    )


@receiver(payment_failed, sender=Payment, dispatch_uid="alerts.payment_failed")
def tell_payment_failed(*, payment: Payment, **_signal: object) -> None:
    """Tell the merchant's team why nothing was credited and where to try again."""
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=payment.deposit_id)
        name = deposit_name(deposit)
    # A transfer fails by the word of staff, who wrote it for the merchant; a provider's message is nobody's language.
    by_staff = payment.method == PaymentMethod.BANK_TRANSFER
    query = urlencode({"amount": payment.amount, "payment_method": payment.method})
    notify(
        Kind.PAYMENT_FAILED,
        merchant_team(payment.merchant_id),
        cause=f"payment:{payment.pk}",
        context={
            "payment": payment,
            "deposit_name": name,
            "reason": payment.failure_message if by_staff else failure_reason(payment),
            "url": f"{page('payments:recharge', payment.deposit_id)}?{query}",
        },
        about=_about_payment(payment, deposit),
    )


@receiver(auto_recharge_needs_you, sender=AutoRecharge, dispatch_uid="alerts.auto_recharge_needs_you")
def tell_auto_recharge_needs_you(
    *, auto_recharge: AutoRecharge, payment: Payment | None, reason: str, **_signal: object
) -> None:
    """Tell the merchant's team that the card brought no money, and where they pay by themselves."""
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=auto_recharge.deposit_id)
        name = deposit_name(deposit)
    month = timezone.localdate().strftime("%Y-%m")
    notify(
        Kind.AUTO_RECHARGE_NEEDS_YOU,
        merchant_team(auto_recharge.merchant_id),
        cause=f"payment:{payment.pk}" if payment else f"auto_recharge:{auto_recharge.pk}:{reason}:{month}",
        context={
            "auto": auto_recharge,
            "amount": payment.amount if payment else auto_recharge.amount,
            "deposit_name": name,
            "reason": FAILURES.get(reason, _("The bank declined the payment.")),
            "is_ceiling": reason == MONTHLY_LIMIT,
            "url": finish_url(auto_recharge.deposit_id, auto_recharge.amount),
            "settings_url": page("payments:auto_recharge", auto_recharge.deposit_id),
        },
        about=_about_payment(payment, deposit),
    )


@receiver(review_opened, sender=ReviewItem, dispatch_uid="alerts.staff_review")
def tell_staff_of_review(*, item: ReviewItem, **_signal: object) -> None:
    """Tell staff that money waits for them."""
    with acting_as(SYSTEM):
        payment = Payment.objects.select_related("merchant").filter(pk=item.payment_id).first()
    notify(
        Kind.STAFF_REVIEW,
        staff(),
        cause=f"review:{item.pk}",
        context={"item": item, "payment": payment, "url": page("admin:index")},
        about={"payment_id": item.payment_id},
    )


def _about_payment(payment: Payment | None, deposit: Deposit) -> dict[str, UUID | None]:
    return {
        "payment_id": payment.pk if payment else None,
        "deposit_id": deposit.pk,
        "campaign_id": deposit.campaign_id,
    }
