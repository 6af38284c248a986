"""What the operations on payments read and answer."""

from rest_framework import serializers

from api.fields import AmountField, CurrencyField
from deposits.models import PaymentMethod
from payments.models import Payment


class PayBody(serializers.Serializer):
    deposit_id = serializers.UUIDField()
    amount = AmountField(help_text="In MAD; at least 500.00, or 2,000.00 for a deposit's first payment.")


class PayByStripeBody(PayBody):
    save_card = serializers.BooleanField(required=False, default=False, help_text="Keep the card for auto-recharge.")


class PaymentAnswer(serializers.Serializer):
    """amount: what was asked. credited_amount: what arrived; null before. payment_url: empty once the payment has ended."""

    id = serializers.UUIDField()
    merchant_id = serializers.UUIDField()
    deposit_id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=Payment.Purpose.choices)
    method = serializers.ChoiceField(choices=PaymentMethod.choices)
    status = serializers.ChoiceField(choices=Payment.Status.choices)
    reference = serializers.CharField()
    currency = CurrencyField()
    amount = AmountField()
    credited_amount = AmountField(allow_null=True)
    reversed_amount = AmountField()
    payment_url = serializers.CharField(allow_blank=True)
    failure_code = serializers.CharField(allow_blank=True)
    failure_message = serializers.CharField(allow_blank=True, help_text="In the language of the answer.")
    receipt_number = serializers.CharField(allow_null=True)
    receipt_url = serializers.URLField(allow_null=True, help_text="Once the payment is settled.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class PaymentForm(serializers.Serializer):
    """The payer's browser posts these fields to `action`."""

    action = serializers.URLField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]


class TransferAnswer(serializers.Serializer):
    """What the payer writes on the bank transfer; what the platform doesn't have is empty."""

    holder = serializers.CharField()
    bank = serializers.CharField(allow_blank=True)
    rib = serializers.CharField(allow_blank=True)
    iban = serializers.CharField(allow_blank=True)
    swift = serializers.CharField(allow_blank=True)
    reference = serializers.CharField()


class CreatedPayment(serializers.Serializer):
    """Nothing is credited before the payment has arrived."""

    success = serializers.BooleanField()
    payment_id = serializers.UUIDField()
    payment_url = serializers.URLField()
    payment = PaymentAnswer()


class CreatedCardPayment(CreatedPayment):
    form = PaymentForm()


class CreatedTransfer(CreatedPayment):
    transfer = TransferAnswer()
