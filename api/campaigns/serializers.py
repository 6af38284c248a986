"""What the operations on campaigns read and answer."""

from decimal import Decimal

from rest_framework import serializers

from api.fields import AmountField, PercentageField
from api.pagination import PageQuery
from leads.models import Campaign, InfluencerAgreement
from leads.models.campaigns import LONGEST_DESCRIPTION
from leadsmarket.lib.money import CENTIME, ZERO


class CampaignQuery(PageQuery):
    status = serializers.ChoiceField(choices=Campaign.Status.choices, required=False)


class CampaignTermsBody(serializers.Serializer):
    """Only what differs: a new campaign has the platform's defaults, a changed one keeps what it had."""

    percentage_commission_rate = PercentageField(
        least=CENTIME, largest=Decimal(100), required=False, help_text="Of the estimated value, below the threshold."
    )
    fixed_commission_amount = AmountField(least=CENTIME, required=False, help_text="From the threshold on.")
    commission_threshold = AmountField(least=ZERO, required=False)
    minimum_estimated_value = AmountField(least=Decimal("50.00"), required=False)
    auto_stop_on_depletion = serializers.BooleanField(required=False)
    lead_expiry_hours = serializers.IntegerField(min_value=1, max_value=720, required=False)


class CreateCampaignBody(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    service = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=LONGEST_DESCRIPTION, required=False, default="", allow_blank=True)
    status = serializers.ChoiceField(
        choices=[Campaign.Status.ACTIVE.value, Campaign.Status.DRAFT.value],
        required=False,
        default=Campaign.Status.ACTIVE.value,
    )
    settings = CampaignTermsBody(required=False, default=dict)


class ChangeCampaignBody(serializers.Serializer):
    """Only what is to change. A campaign that has `ended` stays so."""

    name = serializers.CharField(max_length=120, required=False)
    service = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=LONGEST_DESCRIPTION, required=False, allow_blank=True)
    status = serializers.ChoiceField(
        choices=[Campaign.Status.ACTIVE.value, Campaign.Status.PAUSED.value, Campaign.Status.ENDED.value],
        required=False,
    )
    settings = CampaignTermsBody(required=False)


class CampaignTermsAnswer(serializers.Serializer):
    percentage_commission_rate = PercentageField()
    fixed_commission_amount = AmountField()
    commission_threshold = AmountField()
    minimum_estimated_value = AmountField()
    auto_stop_on_depletion = serializers.BooleanField()
    lead_expiry_hours = serializers.IntegerField()


class JoinedAnswer(serializers.Serializer):
    """The influencer's agreement that applies, or their request."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=InfluencerAgreement.Status.choices)
    commission_percentage = PercentageField()


class CampaignAnswer(serializers.Serializer):
    """pause_reason: for the merchant, empty for influencers. accepting_leads: whether a lead would be taken now.

    agreement: for an influencer who joined or asked, null otherwise.
    """

    id = serializers.UUIDField()
    merchant_id = serializers.UUIDField()
    merchant_name = serializers.CharField()
    name = serializers.CharField()
    service = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    type = serializers.ChoiceField(choices=Campaign.Type.choices)
    status = serializers.ChoiceField(choices=Campaign.Status.choices)
    pause_reason = serializers.ChoiceField(choices=Campaign.PauseReason.choices, allow_blank=True)
    accepting_leads = serializers.BooleanField()
    settings = CampaignTermsAnswer()
    agreement = JoinedAnswer(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CampaignPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CampaignAnswer(many=True)


class ChangedCampaign(serializers.Serializer):
    success = serializers.BooleanField()
    campaign = CampaignAnswer()
