"""What payments does when a deposit falls or a payment settles. Rows here, calls by workers after the commit."""

from uuid import UUID

from django.dispatch import receiver

from deposits.models import Deposit, PaymentMethod
from deposits.signals import level_changed
from leads.models import Lead, LeadValidation
from leads.signals import lead_decided
from leadsmarket.lib.queue import after_commit, enqueue
from payments.models import AutoRecharge, Payment
from payments.services import is_auto_recharge_due, want_card
from payments.signals import payment_settled
from payments.tasks import keep_card_task, run_auto_recharge_task


@receiver(lead_decided, sender=Lead, dispatch_uid="payments.recharge_after_deduction")
def recharge_after_deduction(*, lead: Lead, decision: str, **_signal: object) -> None:
    """Look at the auto-recharge of a deposit after each deduction."""
    if decision == LeadValidation.Decision.VALIDATED:
        after_commit(queue_due_auto_recharge, lead.deposit_id)


@receiver(level_changed, sender=Deposit, dispatch_uid="payments.recharge_after_level")
def recharge_after_level(*, deposit_id: UUID, **_signal: object) -> None:
    """Look at the auto-recharge of a deposit whose level or status changed otherwise: by a refund, by staff."""
    after_commit(queue_due_auto_recharge, deposit_id)


@receiver(payment_settled, sender=Payment, dispatch_uid="payments.keep_card")
def keep_card_of_payment(*, payment: Payment, **_signal: object) -> None:
    """Keep the card of a payment whose merchant agreed to it."""
    if payment.save_card and payment.method == PaymentMethod.STRIPE:
        card = want_card(payment)
        after_commit(enqueue, keep_card_task, str(card.pk))


@receiver(payment_settled, sender=Payment, dispatch_uid="payments.auto_recharge_works")
def forget_failure(*, payment: Payment, **_signal: object) -> None:
    """An auto-recharge that worked has no failure to show any more."""
    if payment.purpose == Payment.Purpose.AUTO_RECHARGE:
        AutoRecharge.objects.filter(deposit_id=payment.deposit_id).update(
            last_error="", last_error_at=None, paused_until=None
        )


def queue_due_auto_recharge(deposit_id: UUID) -> None:
    """Ask a worker to charge, if it looks due; without a broker the hourly job does."""
    if is_auto_recharge_due(deposit_id):
        enqueue(run_auto_recharge_task, str(deposit_id))
