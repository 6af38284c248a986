"""Receipts: numbered without a gap per year, frozen when issued, kept as a file for ever."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant, TimeStampedModel
from leadsmarket.lib.money import MoneyField
from payments.models.payments import Payment


class ReceiptSeries(models.Model):
    """The last number given in a year; the row is locked while a receipt is made, so that a rollback leaves no gap."""

    year = models.PositiveIntegerField(_("year"), primary_key=True)
    last_serial = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("receipt series")
        verbose_name_plural = _("receipt series")

    def __str__(self) -> str:
        return str(self.year)


class Receipt(TimeStampedModel):
    """Proof of one settled payment. `data` holds every text and amount as issued; only the file's name is added later."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="receipt", verbose_name=_("payment"))
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("merchant")
    )
    year = models.PositiveIntegerField(_("year"))
    serial = models.PositiveIntegerField(_("serial"))
    number = models.CharField(_("number"), max_length=20, unique=True)
    amount = MoneyField(_("amount"))
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    data = models.JSONField(_("data"))
    file = models.FileField(_("file"), upload_to="receipts/", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["year", "serial"], name="receipt_serial_unique"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.number
