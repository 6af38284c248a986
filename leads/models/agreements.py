"""An influencer's right to submit leads to a merchant's campaigns."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, Merchant, TimeStampedModel
from leads.models.campaigns import Campaign
from leadsmarket.lib.money import MoneyField

QUALITY_REASON = gettext_noop("Mean score below the quality threshold.")
"""The `status_reason` of a suspension by the quality threshold, stored untranslated: both sides read it."""


class InfluencerAgreement(TimeStampedModel):
    """An agreement for one campaign, or for all of a merchant's (campaign empty); written by leads.services.agreements.

    A pending agreement waits for the side that did not ask: the merchant for an application, the influencer for an
    invitation (`is_invitation`).
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        TERMINATED = "terminated", _("Terminated")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("merchant"), db_index=False
    )
    influencer = models.ForeignKey(
        Influencer, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("influencer"), db_index=False
    )
    campaign = models.ForeignKey(
        Campaign,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreements",
        verbose_name=_("campaign"),
        help_text=_("Empty: all campaigns of the merchant."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    is_invitation = models.BooleanField(_("invited by the merchant"), default=False)
    message = models.CharField(_("message"), max_length=500, blank=True)
    status_reason = models.CharField(_("reason"), max_length=200, blank=True)
    commission_percentage = models.DecimalField(
        _("influencer's share"),
        max_digits=5,
        decimal_places=2,
        default=Decimal("30.00"),
        help_text=_("In percent of the commission."),
    )
    minimum_deposit = MoneyField(_("minimum deposit"), default=Decimal("2000.00"))
    quality_threshold = models.DecimalField(
        _("quality threshold"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Suspends the agreement when the mean score of the last 20 scored leads falls below it."),
    )
    requires_validation = models.BooleanField(_("leads need validation"), default=True)
    auto_payment = models.BooleanField(_("earnings become payable by themselves"), default=True)

    class Meta:
        db_table = "influencer_agreements"
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "influencer", "campaign"],
                condition=~Q(status="terminated"),
                nulls_distinct=False,
                name="agreement_one_open_per_influencer_and_campaign",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "active", "suspended", "terminated"]), name="agreement_status_known"
            ),
            models.CheckConstraint(
                condition=Q(commission_percentage__gte=0, commission_percentage__lte=100),
                name="agreement_share_is_a_percentage",
            ),
            models.CheckConstraint(
                condition=Q(quality_threshold__isnull=True) | Q(quality_threshold__gte=1, quality_threshold__lte=10),
                name="agreement_quality_threshold_1_to_10",
            ),
            models.CheckConstraint(condition=Q(minimum_deposit__gte=0), name="agreement_minimum_deposit_not_negative"),
        ]
        indexes = [
            models.Index(fields=["influencer", "-created_at"], name="agreement_by_influencer"),
            models.Index(fields=["merchant", "-created_at", "-id"], name="agreement_by_merchant"),
        ]

    def __str__(self) -> str:
        return f"{self.influencer.display_name} - {self.merchant.name}"

    @property
    def reason_text(self) -> str:
        """Why it is suspended or ended: a person's words, or the platform's in the reader's language."""
        return gettext(self.status_reason) if self.status_reason == QUALITY_REASON else self.status_reason
