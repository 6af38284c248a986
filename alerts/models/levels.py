"""Which alert level of a deposit was announced last."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deposits.levels import AlertLevel
from deposits.models import Deposit


class DepositAlert(models.Model):
    """The remembered level of one deposit; no row means healthy. Written by the SQL function remember_deposit_levels alone.

    announcements: how many times a worsening was announced; with the deposit it names one worsening.
    """

    deposit = models.OneToOneField(
        Deposit, on_delete=models.PROTECT, primary_key=True, related_name="alert", verbose_name=_("deposit")
    )
    level = models.CharField(_("alert level"), max_length=9, choices=AlertLevel.choices, default=AlertLevel.HEALTHY)
    announcements = models.PositiveIntegerField(_("announcements"), default=0)
    announced_at = models.DateTimeField(_("last announced"), null=True)

    class Meta:
        verbose_name = _("announced level")
        verbose_name_plural = _("announced levels")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__in=AlertLevel.values), name="deposit_alert_level_known")
        ]

    def __str__(self) -> str:
        return self.get_level_display()
