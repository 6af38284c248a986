"""The figures as the API tells them; the field names are the contract's, see analytics.selectors.statistics."""

from rest_framework import serializers

from api.fields import AmountField, PercentageField
from deposits.levels import AlertLevel


class PeriodQuery(serializers.Serializer):
    period_days = serializers.IntegerField(
        min_value=1, max_value=366, required=False, default=30, help_text="The last days, today included."
    )


class DepositFigures(serializers.Serializer):
    """All deposits together. total_deposited and total_spent: ever; the rest: now."""

    current_balance = AmountField()
    total_deposited = AmountField()
    total_spent = AmountField()
    alert_status = serializers.ChoiceField(
        choices=AlertLevel.choices, allow_null=True, help_text="The worst level; null without a deposit in use."
    )
    days_remaining_estimate = serializers.IntegerField(allow_null=True)


class LeadFigures(serializers.Serializer):
    """Rates in percent, of the leads decided in the period; pending_validation: now. Null: nothing to compute from."""

    total_generated = serializers.IntegerField()
    pending_validation = serializers.IntegerField()
    validated = serializers.IntegerField()
    rejected = serializers.IntegerField()
    converted = serializers.IntegerField()
    validation_rate = PercentageField(allow_null=True)
    conversion_rate = PercentageField(allow_null=True)
    avg_quality_score = PercentageField(allow_null=True)
    avg_value = AmountField(allow_null=True)


class FinancialFigures(serializers.Serializer):
    """Of the leads validated in the period. roi_estimate: (value of sales - commission) / commission; 1.50 is 150 %."""

    total_commission_paid = AmountField()
    avg_commission_per_lead = AmountField(allow_null=True)
    cost_per_acquisition = AmountField(allow_null=True)
    roi_estimate = PercentageField(allow_null=True)


class DayFigure(serializers.Serializer):
    date = serializers.DateField()
    leads = serializers.IntegerField()


class RateFigure(serializers.Serializer):
    """Of one day, or of the week that begins on it."""

    date = serializers.DateField()
    validation_rate = PercentageField(allow_null=True)


class RankedFigure(serializers.Serializer):
    """One of the five with most leads. id: of a source, its code."""

    id = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    leads = serializers.IntegerField()
    validated = serializers.IntegerField()
    converted = serializers.IntegerField()
    validation_rate = PercentageField(allow_null=True)
    avg_quality_score = PercentageField(allow_null=True)
    commission = AmountField()


class Trends(serializers.Serializer):
    leads_per_day_last_7d = DayFigure(many=True)
    validation_rate_trend = RateFigure(many=True)
    top_influencers = RankedFigure(many=True)
    top_sources = RankedFigure(many=True)


class OverviewAnswer(serializers.Serializer):
    deposits = DepositFigures()
    leads = LeadFigures()
    financials = FinancialFigures()
    trends = Trends()


class CampaignFiguresAnswer(serializers.Serializer):
    campaign_id = serializers.UUIDField()
    leads = LeadFigures()
    financials = FinancialFigures()
    trends = Trends()


class EarningFigures(serializers.Serializer):
    """earned: by the leads validated in the period. The others are the balance now; null for a merchant."""

    earned = AmountField()
    earned_not_payable = AmountField(allow_null=True)
    payable = AmountField(allow_null=True)
    in_payout = AmountField(allow_null=True)
    paid = AmountField(allow_null=True)


class InfluencerTrends(serializers.Serializer):
    leads_per_day_last_7d = DayFigure(many=True)
    validation_rate_trend = RateFigure(many=True)
    top_campaigns = RankedFigure(many=True)
    top_sources = RankedFigure(many=True)


class InfluencerFiguresAnswer(serializers.Serializer):
    """rejections: how many for which reason."""

    influencer_id = serializers.UUIDField()
    leads = LeadFigures()
    earnings = EarningFigures()
    rejections = serializers.DictField(child=serializers.IntegerField())
    trends = InfluencerTrends()


class LevelFigures(serializers.Serializer):
    alert_level = serializers.ChoiceField(choices=AlertLevel.choices)
    deposits = serializers.IntegerField()
    current_balance = AmountField()
    available_balance = AmountField()


class MoneyFigures(serializers.Serializer):
    money_in = AmountField()
    money_out = AmountField()
    payouts = AmountField()
    given_back = AmountField()
    commissions = AmountField()
    platform_revenue = AmountField()


class PlatformTrends(serializers.Serializer):
    leads_per_day_last_7d = DayFigure(many=True)
    validation_rate_trend = RateFigure(many=True)
    top_merchants = RankedFigure(many=True)
    top_influencers = RankedFigure(many=True)
    top_sources = RankedFigure(many=True)


class PlatformAnswer(serializers.Serializer):
    """to_do: how many things of each kind wait for staff."""

    deposits = LevelFigures(many=True)
    money = MoneyFigures()
    leads = LeadFigures()
    trends = PlatformTrends()
    to_do = serializers.DictField(child=serializers.IntegerField())
