"""Documents about a period: monthly statements, reports of figures. Frozen when asked for, made by a worker, kept."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Influencer, Merchant, TimeStampedModel


class PeriodDocument(TimeStampedModel):
    """A merchant's or an influencer's document about local days `first` to `last`, both included.

    data: every text and amount, fixed when the row is written (amounts as text). data_sha256: its checksum; the statements of a
    month have the same in each language. The file is made once. Only jobs and services of the platform write rows; a report
    can be deleted when it is old, a statement never.
    """

    class Kind(models.TextChoices):
        MERCHANT_STATEMENT = "merchant_statement", _("Statement of a merchant")
        INFLUENCER_STATEMENT = "influencer_statement", _("Statement of an influencer")
        REPORT = "report", _("Report of figures")

    STATEMENTS: ClassVar = [Kind.MERCHANT_STATEMENT, Kind.INFLUENCER_STATEMENT]

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    merchant = models.ForeignKey(
        Merchant, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("merchant"), db_index=False
    )
    influencer = models.ForeignKey(
        Influencer, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("influencer"), db_index=False
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    number = models.CharField(_("number"), max_length=30, unique=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    data = models.JSONField(_("data"))
    data_sha256 = models.CharField(_("SHA-256 of the data"), max_length=64)
    file = models.FileField(_("file"), upload_to="documents/", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("document about a period")
        verbose_name_plural = _("documents about periods")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(merchant__isnull=False, influencer__isnull=True)
                | Q(merchant__isnull=True, influencer__isnull=False),
                name="document_of_one_side",
            ),
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="document_days_in_order"),
            models.CheckConstraint(
                condition=Q(kind="merchant_statement", merchant__isnull=False)
                | Q(kind="influencer_statement", influencer__isnull=False)
                | Q(kind="report"),
                name="document_kind_fits_side",
            ),
            models.UniqueConstraint(
                fields=["merchant", "influencer", "first", "language"],
                condition=~Q(kind="report"),
                nulls_distinct=False,
                name="statement_once_per_month_and_language",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["merchant", "-first"], condition=Q(merchant__isnull=False), name="document_by_merchant"
            ),
            models.Index(
                fields=["influencer", "-first"], condition=Q(influencer__isnull=False), name="document_by_influencer"
            ),
            models.Index(fields=["id"], condition=Q(file=""), name="document_to_make"),
        ]

    def __str__(self) -> str:
        return self.number
