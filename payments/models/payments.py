"""Money that merchants pay in, and what comes back out of it at a provider. Amounts in MAD."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant, TimeStampedModel, User
from deposits.models import Deposit, PaymentMethod
from leadsmarket.lib.money import ZERO, MoneyField

# Without letters and digits that are taken for each other on paper.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    """Return a reference that a person can copy to a transfer: `RCH` and eight characters."""
    return "RCH" + "".join(secrets.choice(REFERENCE_ALPHABET) for _position in range(8))


class Payment(TimeStampedModel):
    """One attempt to pay money into a deposit; written by payments.services, settled once at most.

    amount: what was asked. credited_amount: what arrived and was credited, which only a bank transfer may change.
    provider_id: the provider's session, invoice or order. card: the saved card that an auto-recharge charges.
    ledger_key: the one movement of money at the provider, such as `stripe:pi_...`; unique, so that two events
    that describe it credit once.
    """

    class Purpose(models.TextChoices):
        OPENING = "opening", _("Opening")
        RECHARGE = "recharge", _("Recharge")
        AUTO_RECHARGE = "auto_recharge", _("Auto-recharge")

    class Status(models.TextChoices):
        CREATED = "created", _("Created")
        PENDING = "pending", _("Waiting for payment")
        PROCESSING = "processing", _("Being processed")
        SETTLED = "settled", _("Paid")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    OPEN_STATUSES: ClassVar = [Status.CREATED, Status.PENDING, Status.PROCESSING]

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="payments", verbose_name=_("merchant"), db_index=False
    )
    deposit = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, related_name="payments", verbose_name=_("deposit"), db_index=False
    )
    purpose = models.CharField(_("purpose"), max_length=13, choices=Purpose.choices)
    method = models.CharField(_("method"), max_length=16, choices=PaymentMethod.choices)
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CREATED)
    reference = models.CharField(_("reference"), max_length=16, unique=True, default=new_reference, editable=False)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    payment_url = models.URLField(_("payment page"), max_length=2000, blank=True)
    ledger_key = models.CharField(_("ledger key"), max_length=255, null=True, unique=True)
    credited_amount = MoneyField(_("credited"), null=True)
    reversed_amount = MoneyField(_("reversed"), default=ZERO)
    save_card = models.BooleanField(_("keep the card"), default=False)
    card = models.ForeignKey(
        "payments.SavedCard",
        null=True,
        on_delete=models.PROTECT,
        related_name="charges",
        verbose_name=_("charged card"),
        db_index=False,
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="fr")
    failure_code = models.CharField(_("failure"), max_length=80, blank=True)
    failure_message = models.CharField(_("failure message"), max_length=300, blank=True)
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"), db_index=False
    )
    expires_at = models.DateTimeField(_("expires"), null=True)
    settled_at = models.DateTimeField(_("paid"), null=True)
    poll_count = models.PositiveSmallIntegerField(_("times asked"), default=0)
    next_poll_at = models.DateTimeField(_("ask again"), null=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(status="settled", settled_at__isnull=False, credited_amount__gt=0, ledger_key__isnull=False)
                | (
                    ~Q(status="settled")
                    & Q(settled_at__isnull=True, credited_amount__isnull=True, ledger_key__isnull=True)
                ),
                name="payment_settled_fields_agree",
            ),
            models.CheckConstraint(
                condition=Q(reversed_amount=0)
                | Q(reversed_amount__gt=0, credited_amount__isnull=False, reversed_amount__lte=F("credited_amount")),
                name="payment_reversed_at_most_what_was_credited",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["created", "pending", "processing", "settled", "failed", "cancelled", "expired"]
                ),
                name="payment_status_known",
            ),
            models.UniqueConstraint(
                fields=["method", "provider_id"], condition=~Q(provider_id=""), name="payment_provider_id_unique"
            ),
            models.UniqueConstraint(
                fields=["deposit"],
                condition=Q(purpose="auto_recharge", status__in=["created", "pending", "processing"]),
                name="payment_one_auto_recharge_in_flight",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-created_at", "-id"], name="payment_by_merchant"),
            models.Index(fields=["deposit", "-created_at"], name="payment_by_deposit"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["created", "pending", "processing"]),
                name="payment_open",
            ),
            models.Index(
                fields=["deposit", "created_at"], condition=Q(purpose="auto_recharge"), name="payment_auto_by_deposit"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether the payment can still be made."""
        return self.status in self.OPEN_STATUSES


class PaymentReversal(TimeStampedModel):
    """Money of a settled payment that the provider gave or took back: a refund or a chargeback. Append-only.

    ledger_key: the one movement at the provider. What comes back (a chargeback won, a refund that failed) is a row of its own.
    taken_amount came off the deposit at once (MAD); the rest became a receivable.
    """

    class Kind(models.TextChoices):
        REFUND = "refund", _("Refund")
        CHARGEBACK = "chargeback", _("Chargeback")
        CHARGEBACK_WON = "chargeback_won", _("Chargeback won back")
        REFUND_FAILED = "refund_failed", _("Refund that failed")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="reversals", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    ledger_key = models.CharField(_("ledger key"), max_length=255, unique=True)
    amount = MoneyField(_("amount"))
    taken_amount = MoneyField(_("taken from the deposit"), default=ZERO)

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, taken_amount__gte=0, taken_amount__lte=F("amount")),
                name="reversal_taken_at_most_amount",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class ReceivableQuerySet(models.QuerySet["Receivable"]):
    """Reads about receivables."""

    def owed(self) -> "ReceivableQuerySet":
        """Return those not paid in full."""
        return self.filter(settled_amount__lt=F("amount"))


class Receivable(TimeStampedModel):
    """What a merchant owes because a reversal was larger than the available balance; paid first out of the next recharge."""

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="receivables", verbose_name=_("merchant")
    )
    deposit = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, related_name="receivables", verbose_name=_("deposit")
    )
    reversal = models.OneToOneField(
        PaymentReversal, on_delete=models.PROTECT, related_name="receivable", verbose_name=_("reversal")
    )
    amount = MoneyField(_("amount"))
    settled_amount = MoneyField(_("paid"), default=ZERO)

    objects = ReceivableQuerySet.as_manager()

    class Meta:
        verbose_name = _("receivable")
        verbose_name_plural = _("receivables")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, settled_amount__gte=0, settled_amount__lte=F("amount")),
                name="receivable_paid_at_most_amount",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


class ReceivableSettlement(TimeStampedModel):
    """A part of a receivable paid out of a recharge. Append-only."""

    receivable = models.ForeignKey(
        Receivable, on_delete=models.PROTECT, related_name="settlements", verbose_name=_("receivable")
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="receivable_settlements", verbose_name=_("payment")
    )
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("payment of a receivable")
        verbose_name_plural = _("payments of receivables")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="receivable_settlement_positive"),
            models.UniqueConstraint(fields=["receivable", "payment"], name="receivable_settlement_once_per_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
