"""Leads, the decisions on them and the consent behind them."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Lower, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Influencer, Merchant, TimeStampedModel, User
from deposits.models import Deposit
from leads.models.agreements import InfluencerAgreement
from leads.models.campaigns import Campaign
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.money import MoneyField

NEAR_EXPIRY = timedelta(hours=12)
"""How long before its time runs out a pending lead stands out in lists."""


class CommissionType(models.TextChoices):
    PERCENTAGE = "percentage", _("Percentage")
    FIXED = "fixed", _("Fixed")


class LeadSource(models.TextChoices):
    INSTAGRAM = "instagram", "Instagram"
    TIKTOK = "tiktok", "TikTok"
    WHATSAPP = "whatsapp", "WhatsApp"
    FACEBOOK = "facebook", "Facebook"
    DIRECT = "direct", _("Direct")
    OTHER = "other", _("Other")


class RejectionReason(models.TextChoices):
    """Why a lead was rejected; `expired` is set by the nightly job alone."""

    INCOMPLETE = "incomplete", _("Incomplete information")
    UNREACHABLE = "unreachable", _("Unreachable")
    NOT_INTERESTED = "not_interested", _("Not interested")
    OUT_OF_AREA = "out_of_area", _("Out of area")
    BUDGET_TOO_LOW = "budget_too_low", _("Budget too low")
    DUPLICATE = "duplicate", _("Duplicate")
    FRAUD = "fraud", _("Fraud")
    OTHER = "other", _("Other")
    EXPIRED = "expired", _("Expired")


class Lead(TimeStampedModel):
    """One prospect that an influencer brought to a merchant's campaign. Amounts in MAD.

    The terms (rate to platform_commission_amount) are a copy of what applied at creation and never change, nor do the contact
    (customer_...) until leads.services.privacy erases it (`erased_at`); a trigger holds that and the order of states. Written
    by leads.services.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        VALIDATED = "validated", _("Validated")
        REJECTED = "rejected", _("Rejected")
        CONVERTED = "converted", _("Converted")
        LOST = "lost", _("Lost")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="leads", verbose_name=_("merchant"), db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="leads", verbose_name=_("campaign"), db_index=False
    )
    influencer = models.ForeignKey(
        Influencer, on_delete=models.PROTECT, related_name="leads", verbose_name=_("influencer"), db_index=False
    )
    agreement = models.ForeignKey(
        InfluencerAgreement, on_delete=models.PROTECT, related_name="leads", verbose_name=_("agreement"), db_index=False
    )
    deposit = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, related_name="leads", verbose_name=_("deposit"), db_index=False
    )
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.PENDING)
    customer_name = models.CharField(_("customer name"), max_length=120)
    customer_email = models.EmailField(_("customer e-mail"))
    customer_phone = PhoneNumberField(_("customer phone"))
    customer_company = models.CharField(_("company"), max_length=120, blank=True)
    customer_notes = models.TextField(_("notes"), max_length=2000, blank=True)
    source = models.CharField(_("source"), max_length=9, choices=LeadSource.choices)
    estimated_value = MoneyField(_("estimated value"))
    # For the order by value: under row security an index is searched only by leakproof comparisons; numeric's are not.
    estimated_value_centimes = models.GeneratedField(
        expression=Cast(F("estimated_value") * 100, models.BigIntegerField()),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    percentage_commission_rate = models.DecimalField(_("commission rate"), max_digits=5, decimal_places=2)
    fixed_commission_amount = MoneyField(_("fixed commission"))
    commission_threshold = MoneyField(_("threshold"))
    commission_type = models.CharField(_("commission type"), max_length=10, choices=CommissionType.choices)
    commission_amount = MoneyField(_("commission"))
    influencer_percentage = models.DecimalField(_("influencer's share"), max_digits=5, decimal_places=2)
    influencer_commission_amount = MoneyField(_("influencer's commission"))
    platform_commission_amount = MoneyField(_("platform's commission"))
    auto_payment = models.BooleanField(_("earning becomes payable by itself"))
    submission_key = models.UUIDField(_("submission key"), null=True, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    quality_score = models.PositiveSmallIntegerField(_("quality score"), null=True)
    rejection_reason = models.CharField(
        _("rejection reason"), max_length=14, choices=RejectionReason.choices, blank=True
    )
    outcome_at = models.DateTimeField(_("outcome known"), null=True)
    actual_value = MoneyField(_("actual value"), null=True)
    erased_at = models.DateTimeField(_("contact erased"), null=True, editable=False)

    class Meta:
        db_table = "leads"
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(customer_name=""), name="lead_customer_name_given"),
            models.CheckConstraint(condition=Q(customer_email__contains="@"), name="lead_customer_email_given"),
            models.CheckConstraint(
                condition=Q(customer_phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="lead_customer_phone_e164"
            ),
            models.CheckConstraint(condition=Q(source__in=LeadSource.values), name="lead_source_known"),
            models.CheckConstraint(condition=Q(estimated_value__gte=50), name="lead_estimated_value_at_least_50"),
            models.CheckConstraint(condition=Q(commission_amount__gt=0), name="lead_commission_positive"),
            models.CheckConstraint(
                condition=Q(
                    influencer_commission_amount__gte=0,
                    platform_commission_amount__gte=0,
                    commission_amount=F("influencer_commission_amount") + F("platform_commission_amount"),
                ),
                name="lead_shares_sum_to_commission",
            ),
            models.CheckConstraint(
                condition=Q(
                    commission_type="percentage",
                    estimated_value__lt=F("commission_threshold"),
                    commission_amount=Round(F("estimated_value") * F("percentage_commission_rate") / 100, precision=2),
                )
                | Q(
                    commission_type="fixed",
                    estimated_value__gte=F("commission_threshold"),
                    commission_amount=F("fixed_commission_amount"),
                ),
                name="lead_commission_agrees_with_terms",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_at__isnull=True)
                | (~Q(status="pending") & Q(decided_at__isnull=False)),
                name="lead_decided_at_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=Q(status="rejected", rejection_reason__in=RejectionReason.values)
                | (~Q(status="rejected") & Q(rejection_reason="")),
                name="lead_rejection_reason_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=Q(quality_score__isnull=True)
                | Q(quality_score__gte=1, quality_score__lte=10, status__in=["validated", "converted", "lost"]),
                name="lead_quality_score_1_to_10_when_validated",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["converted", "lost"], outcome_at__isnull=False)
                | (~Q(status__in=["converted", "lost"]) & Q(outcome_at__isnull=True)),
                name="lead_outcome_at_agrees_with_status",
            ),
            models.CheckConstraint(
                condition=Q(actual_value__isnull=True) | Q(actual_value__gte=0, status="converted"),
                name="lead_actual_value_when_converted",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "validated", "rejected", "converted", "lost"]),
                name="lead_status_known",
            ),
            models.UniqueConstraint(fields=["influencer", "submission_key"], name="lead_once_per_submission"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-created_at", "-id"], name="lead_by_merchant"),
            models.Index(fields=["influencer", "-created_at", "-id"], name="lead_by_influencer"),
            models.Index(fields=["merchant", "-created_at", "-id"], condition=Q(status="pending"), name="lead_pending"),
            models.Index(
                fields=["merchant", "campaign", "-created_at", "-id"],
                condition=Q(status="pending"),
                name="lead_pending_by_campaign",
            ),
            models.Index(
                fields=["merchant", "source", "-created_at", "-id"],
                condition=Q(status="pending"),
                name="lead_pending_by_source",
            ),
            models.Index(
                fields=["merchant", "-estimated_value_centimes", "-id"],
                condition=Q(status="pending"),
                name="lead_pending_by_value",
            ),
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="lead_pending_by_expiry"),
            models.Index(fields=["deposit"], condition=Q(status="pending"), name="lead_pending_by_deposit"),
            models.Index(fields=["merchant", "campaign", "-created_at", "-id"], name="lead_by_merchant_and_campaign"),
            models.Index(fields=["merchant", "source", "-created_at", "-id"], name="lead_by_merchant_and_source"),
            models.Index(
                fields=["merchant", "status", "-created_at", "-id"],
                condition=~Q(status="pending"),
                name="lead_decided_by_status",
            ),
            models.Index(
                fields=["merchant", "-decided_at"],
                include=["status", "quality_score"],
                condition=Q(decided_at__isnull=False),
                name="lead_decided_latest",
            ),
            models.Index(fields=["merchant", "customer_email"], name="lead_by_merchant_and_email"),
            models.Index(fields=["campaign", "customer_phone", "created_at"], name="lead_by_campaign_and_phone"),
            models.Index("campaign", Lower("customer_email"), "created_at", name="lead_by_campaign_and_email"),
            models.Index(fields=["created_at"], condition=Q(erased_at=None), name="lead_with_contact_by_age"),
        ]

    def __str__(self) -> str:
        return self.customer_name

    @property
    def is_near_expiry(self) -> bool:
        """Whether the lead still waits and its time runs out within NEAR_EXPIRY (or is over)."""
        return self.status == self.Status.PENDING and self.expires_at - timezone.now() <= NEAR_EXPIRY


class LeadValidation(models.Model):
    """One step of a lead, append-only: who decided what, when and why. Table `lead_validation`.

    commission_amount: what was deducted (validated) or released (rejected), in MAD; zero for an outcome.
    user is empty where a job decided (expiry, or an agreement without validation).
    """

    class Decision(models.TextChoices):
        VALIDATED = "validated", _("Validated")
        REJECTED = "rejected", _("Rejected")
        CONVERTED = "converted", _("Converted")
        LOST = "lost", _("Lost")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("lead"), db_index=False
    )
    decision = models.CharField(_("decision"), max_length=9, choices=Decision.choices)
    quality_score = models.PositiveSmallIntegerField(_("quality score"), null=True)
    feedback = models.TextField(_("feedback"), max_length=1000, blank=True)
    rejection_reason = models.CharField(
        _("rejection reason"), max_length=14, choices=RejectionReason.choices, blank=True
    )
    rejection_details = models.CharField(_("details"), max_length=500, blank=True)
    actual_value = MoneyField(_("actual value"), null=True)
    commission_amount = MoneyField(_("commission"))
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("done by"), db_index=False
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        db_table = "lead_validation"
        verbose_name = _("lead decision")
        verbose_name_plural = _("lead decisions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(decision__in=["validated", "rejected"]), name="decision_one_per_lead"
            ),
            models.UniqueConstraint(
                fields=["lead"], condition=Q(decision__in=["converted", "lost"]), name="decision_one_outcome_per_lead"
            ),
            models.CheckConstraint(
                condition=Q(quality_score__isnull=True) | Q(quality_score__gte=1, quality_score__lte=10),
                name="decision_quality_score_1_to_10",
            ),
            models.CheckConstraint(
                condition=Q(decision="rejected", rejection_reason__in=RejectionReason.values)
                | (Q(decision__in=["validated", "converted", "lost"]) & Q(rejection_reason="")),
                name="decision_reason_agrees",
            ),
            models.CheckConstraint(
                condition=~Q(rejection_reason="other") | ~Q(rejection_details=""), name="decision_other_has_details"
            ),
            models.CheckConstraint(condition=Q(commission_amount__gte=0), name="decision_commission_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.decision}"


class LeadConsent(models.Model):
    """That the prospect agreed to their data going to this merchant (law 09-08): append-only, one per lead."""

    class Channel(models.TextChoices):
        FORM = "form", _("Form")
        API = "api", "API"

    lead = models.OneToOneField(
        Lead, primary_key=True, on_delete=models.PROTECT, related_name="consent", verbose_name=_("lead")
    )
    text = models.TextField(_("text shown"))
    version = models.CharField(_("version"), max_length=20)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    channel = models.CharField(_("channel"), max_length=4, choices=Channel.choices)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    typed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("typed by"), db_index=False
    )
    given_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(version=""), name="consent_text_and_version_given")
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.version}"
