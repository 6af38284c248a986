"""Prepaid deposits and their movements. Only the SQL functions of migrations/sql write these tables."""

from decimal import Decimal
from math import ceil
from typing import ClassVar

from django.db import models
from django.db.models import F, Func, GeneratedField, Q, UniqueConstraint
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant, TimeStampedModel, User
from deposits.levels import LEVEL_STYLES, AlertLevel, LevelStyle
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.money import ZERO, MoneyField


class PaymentMethod(models.TextChoices):
    """How money came in; product.md, "Payments"."""

    STRIPE = "stripe", _("Stripe")
    CMI = "cmi", _("Card (Moroccan acquirer)")
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    CRYPTO = "crypto", _("Crypto")
    SANDBOX = "sandbox", _("Sandbox")


class Deposit(TimeStampedModel):
    """A merchant's prepaid account, for all campaigns or for one (`campaign_id`). Amounts in MAD.

    `smallest_commission_amount` is the least that its campaigns can ask for one lead; the leads app keeps it.
    `movement_count` numbers the movements without a gap. The last three fields are computed by PostgreSQL, so that
    every page, list and job has the same gauge and level.
    """

    class Status(models.TextChoices):
        AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
        ACTIVE = "active", _("Active")
        DEPLETED = "depleted", _("Depleted")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="deposits", verbose_name=_("merchant"), db_index=False
    )
    campaign_id = models.UUIDField(_("campaign"), null=True, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices)
    current_balance = MoneyField(_("current balance"), default=ZERO)
    reserved_amount = MoneyField(_("reserved amount"), default=ZERO)
    initial_amount = MoneyField(_("initial amount"), help_text=_("The full gauge (100 %), in MAD."))
    smallest_commission_amount = MoneyField(_("smallest commission"), default=Decimal("5.00"))
    movement_count = models.PositiveIntegerField(_("movements"), default=0)
    available_balance = GeneratedField(
        verbose_name=_("available balance"),
        expression=F("current_balance") - F("reserved_amount"),
        output_field=MoneyField(),
        db_persist=True,
    )
    gauge_percentage = GeneratedField(
        expression=Func(F("current_balance"), F("initial_amount"), function="deposit_gauge_percentage"),
        output_field=models.DecimalField(_("gauge"), max_digits=5, decimal_places=2),
        db_persist=True,
    )
    alert_level = GeneratedField(
        expression=Func(
            F("current_balance"),
            F("reserved_amount"),
            F("initial_amount"),
            F("smallest_commission_amount"),
            function="deposit_alert_level",
        ),
        output_field=models.CharField(_("alert level"), max_length=9, choices=AlertLevel.choices),
        db_persist=True,
    )

    class Meta:
        db_table = "company_deposits"
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved_amount__gte=0, reserved_amount__lte=F("current_balance")),
                name="deposit_reserved_between_zero_and_balance",
            ),
            models.CheckConstraint(condition=Q(initial_amount__gt=0), name="deposit_initial_amount_positive"),
            models.CheckConstraint(
                condition=Q(smallest_commission_amount__gt=0), name="deposit_smallest_commission_positive"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["awaiting_payment", "active", "depleted", "suspended", "closed"]),
                name="deposit_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["awaiting_payment", "closed"]) | Q(current_balance=0),
                name="deposit_no_money_before_payment_or_when_closed",
            ),
            UniqueConstraint(
                fields=["merchant", "campaign_id"],
                condition=~Q(status="closed"),
                nulls_distinct=False,
                name="deposit_one_open_per_merchant_and_campaign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant.name} ({self.get_status_display()})"

    @property
    def level_style(self) -> LevelStyle:
        """Colour, icon and advice of the alert level."""
        return LEVEL_STYLES[self.alert_level]

    @property
    def level_label(self) -> str | Promise:
        """The alert level as people read it."""
        return AlertLevel(self.alert_level).label

    @property
    def gauge_whole_percentage(self) -> int:
        """The gauge in whole percent; rounded up, so that 50.01 % doesn't read 50 % beside "healthy". 0 when depleted."""
        if self.alert_level == AlertLevel.DEPLETED:
            return 0
        return min(100, ceil(self.current_balance * 100 / self.initial_amount))

    @property
    def is_full(self) -> bool:
        """Whether the smallest commission is no longer available because the rest is reserved (product.md, "Deposit")."""
        return self.status == self.Status.ACTIVE and self.available_balance < self.smallest_commission_amount

    @property
    def accepts_leads(self) -> bool:
        """Whether at least the smallest lead of its campaigns can be reserved now."""
        return self.status == self.Status.ACTIVE and not self.is_full


class DepositTransaction(models.Model):
    """One movement of a deposit, append-only. `sequence` counts the deposit's movements from 1 without a gap.

    `amount` is in MAD and positive; only an adjustment can be negative. `lead_id` and `payment_id` belong to the apps above.
    """

    class Kind(models.TextChoices):
        INITIAL = "initial", _("Opening")
        RECHARGE = "recharge", _("Recharge")
        RESERVATION = "reservation", _("Reservation")
        RELEASE = "release", _("Release")
        DEDUCTION = "deduction", _("Deduction")
        REFUND = "refund", _("Refund")
        ADJUSTMENT = "adjustment", _("Adjustment")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deposit = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("deposit"), db_index=False
    )
    # A copy of the deposit's, made by the SQL function: checking it again would lengthen the deposit's lock.
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("merchant"),
        db_index=False,
        db_constraint=False,
    )
    sequence = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    amount = MoneyField(_("amount"))
    balance_before = MoneyField(_("balance before"))
    balance_after = MoneyField(_("balance after"))
    reserved_before = MoneyField(_("reserved before"))
    reserved_after = MoneyField(_("reserved after"))
    lead_id = models.UUIDField(_("lead"), null=True)
    payment_id = models.UUIDField(_("payment"), null=True)
    payment_method = models.CharField(_("payment method"), max_length=16, choices=PaymentMethod.choices, blank=True)
    payment_reference = models.CharField(_("payment reference"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    user = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("done by"), db_index=False
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        db_table = "deposit_transactions"
        verbose_name = _("deposit transaction")
        verbose_name_plural = _("deposit transactions")
        indexes: ClassVar = [
            models.Index(fields=["deposit", "created_at"], name="transaction_by_deposit_time"),
            # Money from outside is rare among the movements of leads: totals and filters find it without reading those.
            models.Index(
                fields=["deposit", "sequence"],
                condition=Q(kind__in=["initial", "recharge", "refund", "adjustment"]),
                name="transaction_of_outside_money",
            ),
        ]
        constraints: ClassVar = [
            UniqueConstraint(fields=["deposit", "sequence"], name="transaction_sequence_unique"),
            UniqueConstraint(
                fields=["lead_id"], condition=Q(kind="reservation"), name="transaction_one_reservation_per_lead"
            ),
            UniqueConstraint(
                fields=["lead_id"],
                condition=Q(kind__in=["release", "deduction"]),
                name="transaction_one_end_per_reservation",
            ),
            UniqueConstraint(fields=["lead_id"], condition=Q(kind="refund"), name="transaction_one_refund_per_lead"),
            UniqueConstraint(
                fields=["payment_id"],
                condition=Q(kind__in=["initial", "recharge"]),
                name="transaction_one_credit_per_payment",
            ),
            UniqueConstraint(
                fields=["deposit"], condition=Q(kind="initial"), name="transaction_one_initial_per_deposit"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(kind="adjustment"), name="transaction_amount_positive"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="transaction_amount_not_zero"),
            models.CheckConstraint(
                condition=~Q(kind__in=["reservation", "release", "deduction", "refund"]) | Q(lead_id__isnull=False),
                name="transaction_of_lead_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["initial", "recharge"]) | Q(payment_id__isnull=False) | ~Q(payment_reference=""),
                name="transaction_of_payment_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(kind="adjustment") | ~Q(reason=""), name="transaction_adjustment_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["initial", "recharge", "refund", "adjustment"],
                    balance_after=F("balance_before") + F("amount"),
                    reserved_after=F("reserved_before"),
                )
                | Q(
                    kind="reservation",
                    balance_after=F("balance_before"),
                    reserved_after=F("reserved_before") + F("amount"),
                )
                | Q(
                    kind="release",
                    balance_after=F("balance_before"),
                    reserved_after=F("reserved_before") - F("amount"),
                )
                | Q(
                    kind="deduction",
                    balance_after=F("balance_before") - F("amount"),
                    reserved_after=F("reserved_before") - F("amount"),
                ),
                name="transaction_amounts_agree_with_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"

    @property
    def balance_change(self) -> Decimal:
        """How the current balance changed, in MAD, signed."""
        return self.balance_after - self.balance_before


class MerchantDepositBalance(models.Model):
    """SQL view `merchant_deposit_balances`: one row per merchant, summed over its open deposits. MAD."""

    merchant = models.OneToOneField(Merchant, primary_key=True, on_delete=models.DO_NOTHING, related_name="balance")
    deposit_count = models.IntegerField()
    current_balance = MoneyField()
    reserved_amount = MoneyField()
    available_balance = MoneyField()
    initial_amount = MoneyField()
    total_deposited = MoneyField()
    total_spent = MoneyField()

    class Meta:
        managed = False
        db_table = "merchant_deposit_balances"

    def __str__(self) -> str:
        return str(self.merchant_id)

    def save(self, *args: object, **kwargs: object) -> None:
        raise NotImplementedError("merchant_deposit_balances is a view")

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise NotImplementedError("merchant_deposit_balances is a view")
