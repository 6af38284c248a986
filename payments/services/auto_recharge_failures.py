"""What follows from an auto-recharge that brought no money: a pause, sometimes the end, and one message to the merchant."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.audit import record_audit
from payments.models import AutoRecharge, Payment
from payments.signals import auto_recharge_needs_you

PAUSE = timedelta(hours=24)
MONTHLY_LIMIT = "monthly_limit"

# Failures that no second try can mend: the card is gone, or isn't this merchant's any more.
FINAL_FAILURES = {"lost_card", "stolen_card", "expired_card", "pickup_card", "card_unusable"}


def note_auto_recharge_failure(payment: Payment) -> None:
    """Pause the auto-recharge whose payment ended without money, or switch it off, in the caller's transaction.

    Called once per payment, by its change of state; sends `auto_recharge_needs_you`, the merchant's only message about it.
    """
    auto = AutoRecharge.objects.select_for_update(no_key=True).filter(deposit_id=payment.deposit_id).first()
    if auto is None:
        return
    now = timezone.now()
    auto.paused_until = now + PAUSE
    auto.last_error = payment.failure_code or payment.status
    auto.last_error_at = now
    if auto.last_error in FINAL_FAILURES:
        auto.enabled = False
    auto.save(update_fields=["paused_until", "last_error", "last_error_at", "enabled"])
    record_audit(
        "payments.auto_recharge.failed",
        auto,
        merchant_id=auto.merchant_id,
        data={"reason": auto.last_error, "payment": payment.reference, "enabled": auto.enabled},
    )
    auto_recharge_needs_you.send(AutoRecharge, auto_recharge=auto, payment=payment, reason=auto.last_error)


def note_ceiling_reached(auto: AutoRecharge) -> None:
    """Tell the merchant, once in a calendar month, that the ceiling keeps the deposit from being recharged.

    auto: locked by the caller.
    """
    now = timezone.now()
    if auto.last_error == MONTHLY_LIMIT and auto.last_error_at and auto.last_error_at >= month_start():
        return
    auto.last_error = MONTHLY_LIMIT
    auto.last_error_at = now
    auto.save(update_fields=["last_error", "last_error_at"])
    auto_recharge_needs_you.send(AutoRecharge, auto_recharge=auto, payment=None, reason=MONTHLY_LIMIT)


def month_start() -> datetime:
    """Return when the current month began in Casablanca."""
    return timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
