"""What influencers earn. Only the SQL functions of migrations/sql write these tables."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, User
from leads.models.leads import Lead
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.money import ZERO, MoneyField

BUCKETS = ("earned", "payable", "in_payout", "paid")


def _moves(kind: str, **changes: int) -> Q:
    """An entry of `kind` adds its amount to the buckets named +1, takes it from those named -1, and leaves the others."""
    after = {0: F, 1: lambda name: F(name) + F("amount"), -1: lambda name: F(name) - F("amount")}
    return Q(kind=kind, **{f"{name}_after": after[changes.get(name, 0)](f"{name}_before") for name in BUCKETS})


class InfluencerBalance(models.Model):
    """What an influencer has, in MAD.

    earned: still in the return window or waiting for staff. payable: can be paid out; below zero when a lead was returned
    after its share was paid out, until later earnings make up for it. in_payout: asked for and not paid yet. paid: all ever.
    """

    influencer = models.OneToOneField(
        Influencer, primary_key=True, on_delete=models.PROTECT, related_name="balance", verbose_name=_("influencer")
    )
    earned_amount = MoneyField(_("earned"), default=ZERO)
    payable_amount = MoneyField(_("payable"), default=ZERO)
    in_payout_amount = MoneyField(_("in payout"), default=ZERO, db_default=ZERO)
    paid_amount = MoneyField(_("paid"), default=ZERO, db_default=ZERO)
    entry_count = models.PositiveIntegerField(_("entries"), default=0)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("influencer balance")
        verbose_name_plural = _("influencer balances")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(earned_amount__gte=0), name="influencer_balance_earned_not_negative"),
            models.CheckConstraint(
                condition=Q(in_payout_amount__gte=0), name="influencer_balance_in_payout_not_negative"
            ),
            models.CheckConstraint(condition=Q(paid_amount__gte=0), name="influencer_balance_paid_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.influencer_id)


class EarningEntry(models.Model):
    """One change of an influencer's balance, append-only; `sequence` counts from 1 without a gap. MAD.

    earned: a validated lead's share. payable: the same share after the return window (or staff's approval).
    reversed: the same share taken back because the lead was returned, from earned if it is still there, else from payable.
    payout_requested, payout_paid, payout_failed: a payout (payout_id, of the app above) leaves payable, then is paid or
    comes back.
    """

    class Kind(models.TextChoices):
        EARNED = "earned", _("Earned")
        PAYABLE = "payable", _("Payable")
        REVERSED = "reversed", _("Taken back")
        PAYOUT_REQUESTED = "payout_requested", _("Payout asked for")
        PAYOUT_PAID = "payout_paid", _("Paid out")
        PAYOUT_FAILED = "payout_failed", _("Payout failed")

    OF_LEADS: ClassVar = [Kind.EARNED, Kind.PAYABLE, Kind.REVERSED]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    influencer = models.ForeignKey(
        Influencer, on_delete=models.PROTECT, related_name="earnings", verbose_name=_("influencer"), db_index=False
    )
    sequence = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    amount = MoneyField(_("amount"))
    lead = models.ForeignKey(
        Lead, null=True, on_delete=models.PROTECT, related_name="earnings", verbose_name=_("lead"), db_index=False
    )
    payout_id = models.UUIDField(_("payout"), null=True)
    earned_before = MoneyField(_("earned before"))
    earned_after = MoneyField(_("earned after"))
    payable_before = MoneyField(_("payable before"))
    payable_after = MoneyField(_("payable after"))
    in_payout_before = MoneyField(_("in payout before"), default=ZERO, db_default=ZERO)
    in_payout_after = MoneyField(_("in payout after"), default=ZERO, db_default=ZERO)
    paid_before = MoneyField(_("paid before"), default=ZERO, db_default=ZERO)
    paid_after = MoneyField(_("paid after"), default=ZERO, db_default=ZERO)
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
            models.UniqueConstraint(
                fields=["payout_id"], condition=Q(kind="payout_requested"), name="earning_one_request_per_payout"
            ),
            models.UniqueConstraint(
                fields=["payout_id"],
                condition=Q(kind__in=["payout_paid", "payout_failed"]),
                name="earning_one_end_per_payout",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="earning_amount_positive"),
            models.CheckConstraint(
                condition=_moves("earned", earned=1)
                | _moves("payable", earned=-1, payable=1)
                | _moves("reversed", earned=-1)
                | _moves("reversed", payable=-1)
                | _moves("payout_requested", payable=-1, in_payout=1)
                | _moves("payout_paid", in_payout=-1, paid=1)
                | _moves("payout_failed", in_payout=-1, payable=1),
                name="earning_amounts_agree_with_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["earned", "payable", "reversed"], lead__isnull=False, payout_id__isnull=True)
                | Q(
                    kind__in=["payout_requested", "payout_paid", "payout_failed"],
                    lead__isnull=True,
                    payout_id__isnull=False,
                ),
                name="earning_of_lead_or_payout",
            ),
            models.CheckConstraint(
                condition=~Q(kind="payout_requested") | Q(payable_after__gte=0),
                name="earning_payout_takes_at_most_payable",
            ),
        ]
        indexes = [
            models.Index(fields=["payable_from"], condition=Q(kind="earned"), name="earning_by_payable_from"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def signed_amount(self) -> Decimal:
        """The amount, negative where it was taken back."""
        return -self.amount if self.kind == self.Kind.REVERSED else self.amount
