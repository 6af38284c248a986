"""What leads does when deposits change; in the transaction of the change, as the platform."""

from uuid import UUID

from django.dispatch import receiver

from deposits.models import Deposit
from deposits.signals import deposit_opened, level_changed
from leads.services.campaigns import (
    pause_depleted_campaigns,
    refresh_smallest_commissions,
    resume_recharged_campaigns,
)
from leadsmarket.lib.actor import SYSTEM, acting_as


@receiver(level_changed, dispatch_uid="leads.follow_deposit_status")
def follow_deposit_status(*, deposit_id: UUID, merchant_id: UUID, status_after: str, **_signal: object) -> None:
    """Pause campaigns when their deposit is depleted, resume those when it is active again (product.md, "Campaign")."""
    with acting_as(SYSTEM):
        if status_after == Deposit.Status.DEPLETED:
            pause_depleted_campaigns(deposit_id, merchant_id)
        elif status_after == Deposit.Status.ACTIVE:
            resume_recharged_campaigns(deposit_id, merchant_id)


@receiver(deposit_opened, dispatch_uid="leads.tell_smallest_commission")
def tell_smallest_commission(*, merchant_id: UUID, **_signal: object) -> None:
    """A new deposit takes over campaigns, so every deposit of the merchant learns its smallest commission again."""
    with acting_as(SYSTEM):
        refresh_smallest_commissions(merchant_id)
