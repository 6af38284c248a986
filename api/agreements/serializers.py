"""What the operations on agreements read and answer."""

from decimal import Decimal

from rest_framework import serializers

from api.fields import AmountField, PercentageField
from api.pagination import PageQuery
from leads.models import InfluencerAgreement
from leadsmarket.lib.money import ZERO

Status = InfluencerAgreement.Status


class AgreementQuery(PageQuery):
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    campaign = serializers.UUIDField(required=False)


class AskAgreementBody(serializers.Serializer):
    campaign_id = serializers.UUIDField()
    message = serializers.CharField(
        max_length=500, required=False, default="", allow_blank=True, help_text="The merchant reads it."
    )


class ChangeAgreementBody(serializers.Serializer):
    """Only what is to change. An application becomes `active` with these terms, else with those that it shows."""

    status = serializers.ChoiceField(
        choices=[Status.ACTIVE.value, Status.SUSPENDED.value, Status.TERMINATED.value], required=False
    )
    reason = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        help_text="Of a suspension or an end; the influencer reads it.",
    )
    commission_percentage = PercentageField(
        least=ZERO, largest=Decimal(100), required=False, help_text="The influencer's share of the commission."
    )
    minimum_deposit = AmountField(least=ZERO, required=False)
    quality_threshold = PercentageField(
        least=Decimal(1),
        largest=Decimal(10),
        required=False,
        allow_null=True,
        help_text="A mean score below it suspends the agreement. Null: never.",
    )
    requires_validation = serializers.BooleanField(required=False)
    auto_payment = serializers.BooleanField(required=False)


class AgreementAnswer(serializers.Serializer):
    """campaign_id: null for all campaigns of the merchant. is_invitation: the merchant asked, the influencer answers."""

    id = serializers.UUIDField()
    merchant_id = serializers.UUIDField()
    merchant_name = serializers.CharField(source="merchant.name")
    influencer_id = serializers.UUIDField()
    influencer_name = serializers.CharField(source="influencer.display_name")
    campaign_id = serializers.UUIDField(allow_null=True)
    campaign_name = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=Status.choices)
    status_reason = serializers.CharField(source="reason_text", allow_blank=True)
    is_invitation = serializers.BooleanField()
    message = serializers.CharField(allow_blank=True)
    commission_percentage = PercentageField()
    minimum_deposit = AmountField()
    quality_threshold = PercentageField(allow_null=True)
    requires_validation = serializers.BooleanField()
    auto_payment = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_campaign_name(self, agreement: InfluencerAgreement) -> str:
        """Empty for all campaigns."""
        return agreement.campaign.name if agreement.campaign else ""


class AgreementPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AgreementAnswer(many=True)


class ChangedAgreement(serializers.Serializer):
    success = serializers.BooleanField()
    agreement = AgreementAnswer()
