"""What the operations on earnings and payouts read and answer."""

from rest_framework import serializers

from api.fields import AmountField
from api.pagination import PageQuery
from leads.models import EarningEntry
from payments.models import Payout
from payments.services.payouts import LONGEST_HOLDER_NAME, MINIMUM_PAYOUT


class EarningAnswer(serializers.Serializer):
    """One change of the balance. amount is always positive; kind says whether it came or went."""

    id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=EarningEntry.Kind.choices)
    amount = AmountField()
    lead_id = serializers.UUIDField(allow_null=True)
    payout_id = serializers.UUIDField(allow_null=True)
    payable_from = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class EarningsAnswer(serializers.Serializer):
    """earned: not payable yet, of it awaiting_approval until our team approves it and held until a return is decided.

    payable: can be paid out now; below zero where a returned lead's share was paid out before. total: all of it together.
    """

    earned = AmountField(source="earned_amount")
    awaiting_approval = AmountField(source="awaiting_approval_amount")
    held = AmountField(source="held_amount")
    next_payable_at = serializers.DateTimeField(allow_null=True)
    payable = AmountField(source="payable_amount")
    in_payout = AmountField(source="in_payout_amount")
    paid = AmountField(source="paid_amount")
    total = AmountField(source="total_amount")


class EarningsPage(EarningsAnswer):
    """The balance, and the changes behind it, the latest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EarningAnswer(many=True)


class EarningsQuery(PageQuery):
    kind = serializers.ChoiceField(choices=EarningEntry.Kind.choices, required=False)


class PayoutBody(serializers.Serializer):
    amount = AmountField(least=MINIMUM_PAYOUT, help_text="In MAD; from 200.00 to what is payable.")
    holder_name = serializers.CharField(max_length=LONGEST_HOLDER_NAME, help_text="As the bank writes it.")
    rib = serializers.CharField(max_length=60, help_text="24 digits with the right key.")


class PayoutAnswer(serializers.Serializer):
    """rib: masked."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Payout.Status.choices)
    amount = AmountField()
    reference = serializers.CharField()
    holder_name = serializers.CharField()
    rib = serializers.CharField(source="masked_rib")
    created_at = serializers.DateTimeField()


class RequestedPayout(serializers.Serializer):
    success = serializers.BooleanField()
    payout = PayoutAnswer()
