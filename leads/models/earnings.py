"""What influencers earn. Only the SQL functions of migrations/sql write these tables."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, User
from leads.models.leads import Lead
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.money import ZERO, MoneyField


class InfluencerBalance(models.Model):
    """What an influencer has: earned (still in the return window or waiting for staff) and payable. MAD."""

    influencer = models.OneToOneField(
        Influencer, primary_key=True, on_delete=models.PROTECT, related_name="balance", verbose_name=_("influencer")
    )
    earned_amount = MoneyField(_("earned"), default=ZERO)
    payable_amount = MoneyField(_("payable"), default=ZERO)
    entry_count = models.PositiveIntegerField(_("entries"), default=0)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("influencer balance")
        verbose_name_plural = _("influencer balances")
        constraints = [
            models.CheckConstraint(condition=Q(earned_amount__gte=0), name="influencer_balance_earned_not_negative")
        ]

    def __str__(self) -> str:
        return str(self.influencer_id)


class EarningEntry(models.Model):
    """One change of an influencer's balance, append-only; `sequence` counts from 1 without a gap. MAD.

    earned: a validated lead's share. payable: the same share after the return window (or staff's approval).
    """

    class Kind(models.TextChoices):
        EARNED = "earned", _("Earned")
        PAYABLE = "payable", _("Payable")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    influencer = models.ForeignKey(
        Influencer, on_delete=models.PROTECT, related_name="earnings", verbose_name=_("influencer"), db_index=False
    )
    sequence = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    amount = MoneyField(_("amount"))
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="earnings", verbose_name=_("lead"), db_index=False
    )
    earned_before = MoneyField(_("earned before"))
    earned_after = MoneyField(_("earned after"))
    payable_before = MoneyField(_("payable before"))
    payable_after = MoneyField(_("payable after"))
    payable_from = models.DateTimeField(
        _("payable from"), null=True, help_text=_("End of the return window; empty when staff must approve.")
    )
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("done by"), db_index=False
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("earning")
        verbose_name_plural = _("earnings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["influencer", "sequence"], name="earning_sequence_unique"),
            models.UniqueConstraint(fields=["lead", "kind"], name="earning_once_per_lead_and_kind"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="earning_amount_positive"),
            models.CheckConstraint(
                condition=Q(
                    kind="earned",
                    earned_after=F("earned_before") + F("amount"),
                    payable_after=F("payable_before"),
                )
                | Q(
                    kind="payable",
                    earned_after=F("earned_before") - F("amount"),
                    payable_after=F("payable_before") + F("amount"),
                ),
                name="earning_amounts_agree_with_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["payable_from"], condition=Q(kind="earned"), name="earning_by_payable_from"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
