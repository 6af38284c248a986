"""What the operations on deposits read and answer."""

from rest_framework import serializers

from api.fields import AmountField, CurrencyField, PercentageField
from api.leads.serializers import MomentField
from api.pagination import PageQuery
from api.payments.serializers import PaymentAnswer, PaymentForm, TransferAnswer
from deposits.levels import AlertLevel
from deposits.models import Deposit, DepositTransaction, PaymentMethod


class CreateDepositBody(serializers.Serializer):
    """merchant_id and payment_reference are for staff, who open a deposit with money that has arrived already."""

    initial_amount = AmountField(help_text="In MAD; at least 2,000.00.")
    campaign_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Null: for all campaigns."
    )
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices)
    merchant_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="For staff. A merchant may send its own."
    )
    payment_reference = serializers.CharField(
        max_length=80,
        required=False,
        default="",
        allow_blank=True,
        help_text="Staff alone, and required: what proves the payment. Not looked at when a merchant sends it.",
    )


class RechargeBody(serializers.Serializer):
    deposit_id = serializers.UUIDField()
    amount = AmountField(help_text="In MAD; at least 500.00.")
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices)
    save_card = serializers.BooleanField(
        required=False, default=False, help_text="With Stripe: keep the card for auto-recharge."
    )


class DepositAnswer(serializers.Serializer):
    """percentage_remaining: the gauge, current balance of initial amount."""

    id = serializers.UUIDField()
    merchant_id = serializers.UUIDField()
    campaign_id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=Deposit.Status.choices)
    currency = CurrencyField()
    current_balance = AmountField()
    reserved_amount = AmountField()
    available_balance = AmountField()
    initial_amount = AmountField()
    percentage_remaining = PercentageField(source="gauge_percentage")
    alert_level = serializers.ChoiceField(choices=AlertLevel.choices)
    created_at = serializers.DateTimeField()


class CreatedDeposit(serializers.Serializer):
    """payment_url, payment_id and payment: for a merchant, who pays there. `form`: where the browser must post it."""

    success = serializers.BooleanField()
    deposit = DepositAnswer()
    payment_url = serializers.URLField(required=False)
    payment_id = serializers.UUIDField(required=False)
    payment = PaymentAnswer(required=False)
    form = PaymentForm(required=False)
    transfer = TransferAnswer(required=False)


class RechargedDeposit(serializers.Serializer):
    """Nothing is credited before the payment has arrived."""

    success = serializers.BooleanField()
    payment_url = serializers.URLField()
    payment_id = serializers.UUIDField()
    payment = PaymentAnswer()
    form = PaymentForm(required=False)
    transfer = TransferAnswer(required=False)


class BalanceQuery(serializers.Serializer):
    deposit_id = serializers.UUIDField(required=False, default=None, help_text="Else the general deposit.")
    merchant_id = serializers.UUIDField(required=False, default=None, help_text="For staff.")


class BalanceAnswer(serializers.Serializer):
    """leads_remaining: available / mean commission of 30 days. days_remaining: available / mean daily spend of 14 days."""

    deposit_id = serializers.UUIDField(source="id")
    campaign_id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=Deposit.Status.choices)
    currency = CurrencyField()
    current_balance = AmountField()
    reserved_amount = AmountField()
    available_balance = AmountField()
    initial_amount = AmountField()
    percentage_remaining = PercentageField(source="gauge_percentage")
    alert_level = serializers.ChoiceField(choices=AlertLevel.choices)
    accepting_leads = serializers.BooleanField(source="accepts_leads")
    leads_remaining = serializers.IntegerField(
        allow_null=True, required=True, source="leads_left", help_text="Null: no lead in that time."
    )
    days_remaining = serializers.IntegerField(
        allow_null=True, required=True, source="days_left", help_text="Null: nothing spent in that time."
    )


class TransactionQuery(PageQuery):
    deposit_id = serializers.UUIDField(required=False, default=None, help_text="Else all of the merchant's deposits.")
    merchant_id = serializers.UUIDField(required=False, default=None, help_text="For staff.")
    kind = serializers.ChoiceField(choices=DepositTransaction.Kind.choices, required=False)
    created_after = MomentField(required=False, help_text="Included.")
    created_before = MomentField(required=False, help_text="Not included.")


class TransactionAnswer(serializers.Serializer):
    """One movement. sequence counts a deposit's movements from 1; amount is negative for some adjustments alone."""

    id = serializers.UUIDField()
    deposit_id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DepositTransaction.Kind.choices)
    amount = AmountField()
    balance_before = AmountField()
    balance_after = AmountField()
    reserved_before = AmountField()
    reserved_after = AmountField()
    lead_id = serializers.UUIDField(allow_null=True)
    payment_id = serializers.UUIDField(allow_null=True)
    payment_method = serializers.ChoiceField(choices=PaymentMethod.choices, allow_blank=True)
    payment_reference = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    user_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class TransactionPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TransactionAnswer(many=True)


class AutoRechargeBody(serializers.Serializer):
    """threshold_percentage, amount and monthly_limit are needed where enabled is true."""

    enabled = serializers.BooleanField()
    threshold_percentage = serializers.IntegerField(
        min_value=1, max_value=90, required=False, help_text="Of the gauge, in whole percent."
    )
    amount = AmountField(required=False, help_text="In MAD; at least 500.00.")
    monthly_limit = AmountField(required=False, help_text="At most so much in a calendar month.")
    card_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Else the card used until now, else the latest on file.",
    )


class CardAnswer(serializers.Serializer):
    id = serializers.UUIDField()
    brand = serializers.CharField(allow_blank=True)
    last4 = serializers.CharField(allow_blank=True)
    expiry_month = serializers.IntegerField(allow_null=True)
    expiry_year = serializers.IntegerField(allow_null=True)


class AutoRechargeAnswer(serializers.Serializer):
    """The terms are null where none were ever set. paused_until: after a failure nothing is tried before."""

    deposit_id = serializers.UUIDField()
    enabled = serializers.BooleanField()
    threshold_percentage = serializers.IntegerField(allow_null=True)
    amount = AmountField(allow_null=True)
    monthly_limit = AmountField(allow_null=True)
    card = CardAnswer(allow_null=True)
    charged_this_month = AmountField()
    paused_until = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField(allow_blank=True)


class ConfiguredAutoRecharge(serializers.Serializer):
    success = serializers.BooleanField()
    auto_recharge = AutoRechargeAnswer()


class BandDayAnswer(serializers.Serializer):
    date = serializers.DateField()
    low = AmountField()
    expected = AmountField()
    high = AmountField()


class RechargeAdviceAnswer(serializers.Serializer):
    amount = AmountField()
    date = serializers.DateField()


class ForecastAnswer(serializers.Serializer):
    """days_remaining and leads_remaining: as in the balance. days_low to days_high: the forecast's range, 365 for a year or
    more; balance: what is left at the end of each day by its three paths. Null where nothing was spent.
    """

    deposit_id = serializers.UUIDField()
    available_balance = AmountField()
    reserved_amount = AmountField()
    days_remaining = serializers.IntegerField(allow_null=True)
    leads_remaining = serializers.IntegerField(allow_null=True)
    days_low = serializers.IntegerField(allow_null=True)
    days_expected = serializers.IntegerField(allow_null=True)
    days_high = serializers.IntegerField(allow_null=True)
    daily_spend_expected = AmountField(allow_null=True)
    recommended_recharge = RechargeAdviceAnswer(allow_null=True)
    balance = BandDayAnswer(many=True)
