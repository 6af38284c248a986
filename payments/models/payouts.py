"""Money paid out to influencers. Only the SQL functions of migrations/sql write payouts and batches. Amounts in MAD."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, TimeStampedModel, User
from leadsmarket.lib.money import MoneyField
from payments.rib import mask_rib


class PayoutSeries(models.Model):
    """The last number given in a series such as `V-2026`; locked while a document is made, so that a rollback leaves no gap."""

    name = models.CharField(_("series"), max_length=10, primary_key=True)
    last_serial = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("payout series")
        verbose_name_plural = _("payout series")

    def __str__(self) -> str:
        return self.name


class PayoutBatch(TimeStampedModel):
    """Payouts that staff approved together and give to the bank as one file; numbered `V-2026-0001`."""

    number = models.CharField(_("number"), max_length=12, unique=True)
    approved_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("approved by"), db_index=False
    )

    class Meta:
        verbose_name = _("payout batch")
        verbose_name_plural = _("payout batches")

    def __str__(self) -> str:
        return self.number


class Payout(TimeStampedModel):
    """An influencer's request to be paid; at most one open per influencer. `rib` is 24 digits of text: pages show `masked_rib`.

    has_other_key: staff accepted a RIB whose key is wrong; why is in the audit trail.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Asked for")
        APPROVED = "approved", _("Approved")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")

    OPEN_STATUSES: ClassVar = [Status.REQUESTED, Status.APPROVED]

    influencer = models.ForeignKey(
        Influencer, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("influencer"), db_index=False
    )
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.REQUESTED)
    reference = models.CharField(_("reference"), max_length=16, unique=True, editable=False)
    holder_name = models.CharField(_("account holder"), max_length=80)
    rib = models.CharField("RIB", max_length=24)
    has_other_key = models.BooleanField(_("key accepted by staff"), default=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    batch = models.ForeignKey(
        PayoutBatch, null=True, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("batch")
    )
    requested_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"), db_index=False
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    ended_at = models.DateTimeField(_("paid or failed"), null=True)
    failure_reason = models.CharField(_("reason of the failure"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["influencer"],
                condition=Q(status__in=["requested", "approved"]),
                name="payout_one_open_per_influencer",
            ),
            models.CheckConstraint(condition=Q(amount__gte=200), name="payout_amount_at_least_200"),
            models.CheckConstraint(condition=Q(rib__regex=r"^[0-9]{24}$"), name="payout_rib_24_digits"),
            models.CheckConstraint(condition=~Q(holder_name=""), name="payout_holder_given"),
            models.CheckConstraint(
                condition=Q(status="requested", batch__isnull=True, approved_at__isnull=True, ended_at__isnull=True)
                | Q(status="approved", batch__isnull=False, approved_at__isnull=False, ended_at__isnull=True)
                | Q(status="paid", batch__isnull=False, approved_at__isnull=False, ended_at__isnull=False)
                | Q(status="failed", ended_at__isnull=False),
                name="payout_steps_agree_with_status",
            ),
            models.CheckConstraint(
                condition=Q(status="failed") & ~Q(failure_reason="") | ~Q(status="failed") & Q(failure_reason=""),
                name="payout_failure_has_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["influencer", "-created_at", "-id"], name="payout_by_influencer"),
            models.Index(fields=["created_at"], condition=Q(status__in=["requested", "approved"]), name="payout_open"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def masked_rib(self) -> str:
        """The RIB as everything but the file for the bank shows it."""
        return mask_rib(self.rib)

    @property
    def is_open(self) -> bool:
        """Whether the money is still on its way."""
        return self.status in self.OPEN_STATUSES


class PayoutStatement(TimeStampedModel):
    """The influencer's document of one paid payout. `data` holds every text and amount as issued; the file is made once."""

    payout = models.OneToOneField(Payout, on_delete=models.PROTECT, related_name="statement", verbose_name=_("payout"))
    influencer = models.ForeignKey(
        Influencer, on_delete=models.PROTECT, related_name="payout_statements", verbose_name=_("influencer")
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    amount = MoneyField(_("amount"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    data = models.JSONField(_("data"))
    file = models.FileField(_("file"), upload_to="payouts/", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("payout statement")
        verbose_name_plural = _("payout statements")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_statement_amount_positive")
        ]

    def __str__(self) -> str:
        return self.number
