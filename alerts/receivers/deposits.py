"""Connects the alert levels to the movements of deposits."""

from uuid import UUID

from django.dispatch import receiver

from alerts.services import check_deposit_levels
from deposits.models import Deposit
from deposits.signals import level_changed


@receiver(level_changed, sender=Deposit, dispatch_uid="alerts.deposit_level")
def announce_level(*, deposit_id: UUID, **_signal: object) -> None:
    """Announce a level that got worse, remember one that got better; the hourly job does the same for all."""
    check_deposit_levels([deposit_id])
