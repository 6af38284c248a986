"""Cards that merchants let us keep, and what may be charged to them without anybody there. Amounts in MAD."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant, TimeStampedModel, User
from deposits.models import Deposit
from leadsmarket.lib.money import MoneyField
from payments.models.payments import Payment


class StripeCustomer(TimeStampedModel):
    """A merchant as Stripe knows it; one in test mode and one in live mode, which don't know each other."""

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="stripe_customers", verbose_name=_("merchant")
    )
    is_live = models.BooleanField(_("live mode"))
    customer_id = models.CharField(_("customer at Stripe"), max_length=255, unique=True)

    class Meta:
        verbose_name = _("customer at Stripe")
        verbose_name_plural = _("customers at Stripe")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant", "is_live"], name="stripe_customer_one_per_mode")
        ]

    def __str__(self) -> str:
        return self.customer_id


class SavedCard(TimeStampedModel):
    """A card that a merchant agreed to leave at Stripe; we keep what identifies it to people, never its number.

    `wanted` from the payment that agreed to it until Stripe was asked what the card is; `refused` where it is no card of this
    merchant. `removed` by the merchant or by Stripe, kept because payments refer to it; detached_at: Stripe forgot it too.
    """

    class Status(models.TextChoices):
        WANTED = "wanted", _("Being saved")
        ACTIVE = "active", _("On file")
        REFUSED = "refused", _("Not saved")
        REMOVED = "removed", _("Removed")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="saved_cards", verbose_name=_("merchant")
    )
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="saved_card", verbose_name=_("kept with payment")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.WANTED)
    customer_id = models.CharField(_("customer at Stripe"), max_length=255, blank=True)
    payment_method_id = models.CharField(_("payment method at Stripe"), max_length=255, blank=True)
    brand = models.CharField(_("brand"), max_length=30, blank=True)
    last4 = models.CharField(_("last four digits"), max_length=4, blank=True)
    expiry_month = models.PositiveSmallIntegerField(_("expiry month"), null=True)
    expiry_year = models.PositiveSmallIntegerField(_("expiry year"), null=True)
    detached_at = models.DateTimeField(_("forgotten by Stripe"), null=True)

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["wanted", "active", "refused", "removed"]), name="saved_card_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="active") | (~Q(customer_id="") & ~Q(payment_method_id="")),
                name="saved_card_on_file_is_known",
            ),
            # Paid twice with one card: the second payment finds it on file.
            models.UniqueConstraint(
                fields=["payment_method_id"], condition=~Q(payment_method_id=""), name="saved_card_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=Q(status="wanted") | Q(status="removed", detached_at__isnull=True),
                name="saved_card_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.brand.capitalize()} •••• {self.last4}"

    @property
    def is_active(self) -> bool:
        """Whether the card can be charged."""
        return self.status == self.Status.ACTIVE


class AutoRecharge(TimeStampedModel):
    """What a merchant's owner agreed to: charge `amount` to `card` when the gauge is at `threshold_percentage` or under it.

    monthly_limit: at most that much in a calendar month of Casablanca. paused_until: nothing is tried before, after a failure.
    consent_text: what the owner read and agreed to, kept as shown.
    """

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="auto_recharges", verbose_name=_("merchant")
    )
    deposit = models.OneToOneField(
        Deposit, on_delete=models.PROTECT, related_name="auto_recharge", verbose_name=_("deposit")
    )
    enabled = models.BooleanField(_("enabled"), default=False)
    threshold_percentage = models.PositiveSmallIntegerField(_("threshold"))
    amount = MoneyField(_("amount"))
    monthly_limit = MoneyField(_("monthly ceiling"))
    card = models.ForeignKey(SavedCard, on_delete=models.PROTECT, related_name="auto_recharges", verbose_name=_("card"))
    paused_until = models.DateTimeField(_("paused until"), null=True)
    last_error = models.CharField(_("last failure"), max_length=80, blank=True)
    last_error_at = models.DateTimeField(_("failed"), null=True)
    consent_text = models.TextField(_("consent"))
    consented_at = models.DateTimeField(_("agreed"), default=timezone.now)
    consented_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("agreed by"))

    class Meta:
        verbose_name = _("auto-recharge")
        verbose_name_plural = _("auto-recharges")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(threshold_percentage__gte=1, threshold_percentage__lte=90),
                name="auto_recharge_threshold_in_range",
            ),
            models.CheckConstraint(condition=Q(amount__gte=Decimal("500")), name="auto_recharge_amount_large_enough"),
            models.CheckConstraint(
                condition=Q(monthly_limit__gte=F("amount")), name="auto_recharge_ceiling_allows_one"
            ),
            models.CheckConstraint(
                condition=Q(last_error="", last_error_at__isnull=True)
                | (~Q(last_error="") & Q(last_error_at__isnull=False)),
                name="auto_recharge_error_agrees",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["deposit"], condition=Q(enabled=True), name="auto_recharge_enabled")]

    def __str__(self) -> str:
        return f"{self.threshold_percentage} % -> {self.amount}"

    @property
    def is_paused(self) -> bool:
        """Whether a failure still keeps it from trying."""
        return self.paused_until is not None and self.paused_until > timezone.now()
