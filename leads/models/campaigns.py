"""What merchants want leads for, and at what commission."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Merchant, TimeStampedModel
from leadsmarket.lib.money import MoneyField

LONGEST_DESCRIPTION = 2000


class Campaign(TimeStampedModel):
    """One service that a merchant wants leads for; written by leads.services.campaigns."""

    class Type(models.TextChoices):
        SERVICE_LEADS = "service_leads", _("Service leads")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", pgettext_lazy("campaign", "Active")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", pgettext_lazy("campaign", "Ended")

    class PauseReason(models.TextChoices):
        MANUAL = "manual", _("Paused by hand")
        DEPLETED = "depleted", _("Deposit depleted")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("merchant")
    )
    name = models.CharField(_("name"), max_length=120)
    service = models.CharField(_("service"), max_length=120)
    description = models.TextField(_("description"), max_length=LONGEST_DESCRIPTION, blank=True)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices, default=Type.SERVICE_LEADS)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    pause_reason = models.CharField(_("pause reason"), max_length=8, choices=PauseReason.choices, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(service=""), name="campaign_name_and_service_given"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "active", "paused", "ended"]), name="campaign_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="paused", pause_reason__in=["manual", "depleted"])
                | (~Q(status="paused") & Q(pause_reason="")),
                name="campaign_pause_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-created_at"], name="campaign_by_merchant"),
            models.Index(fields=["-created_at"], condition=Q(status="active"), name="campaign_active_latest"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignSettings(models.Model):
    """A campaign's commission terms and limits. A lead keeps a copy of the terms of its moment."""

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.PROTECT, related_name="settings", verbose_name=_("campaign")
    )
    percentage_commission_rate = models.DecimalField(
        _("commission rate"), max_digits=5, decimal_places=2, default=Decimal("10.00"), help_text=_("In percent.")
    )
    fixed_commission_amount = MoneyField(_("fixed commission"), default=Decimal("80.00"), help_text=_("In MAD."))
    commission_threshold = MoneyField(
        _("threshold"),
        default=Decimal("800.00"),
        help_text=_("From this estimated value the fixed commission applies."),
    )
    minimum_estimated_value = MoneyField(_("minimum estimated value"), default=Decimal("50.00"))
    auto_stop_on_depletion = models.BooleanField(_("pause when the deposit is depleted"), default=True)
    lead_expiry_hours = models.PositiveSmallIntegerField(
        _("hours to decide"), default=72, help_text=_("A lead not decided after this many hours expires.")
    )

    class Meta:
        db_table = "campaign_settings"
        verbose_name = _("campaign settings")
        verbose_name_plural = _("campaign settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(percentage_commission_rate__gt=0, percentage_commission_rate__lte=100),
                name="campaign_rate_is_a_percentage",
            ),
            models.CheckConstraint(condition=Q(fixed_commission_amount__gt=0), name="campaign_fixed_positive"),
            models.CheckConstraint(condition=Q(commission_threshold__gte=0), name="campaign_threshold_not_negative"),
            models.CheckConstraint(
                condition=Q(minimum_estimated_value__gte=50), name="campaign_minimum_value_at_least_50"
            ),
            models.CheckConstraint(
                condition=Q(lead_expiry_hours__gte=1, lead_expiry_hours__lte=720), name="campaign_expiry_1_to_720_hours"
            ),
        ]

    def __str__(self) -> str:
        return str(self.campaign_id)
