"""The figures as the API tells them (api.md, "Statistics"): field names are the contract's, meanings those of LeadFigures.

Amounts in MAD with two decimals. Rates in percent with two decimals. roi_estimate is a ratio with two decimals: 1.50 means
that sales brought 2.5 times what the leads cost. None: nothing to compute from. dataclasses.asdict gives the answer's body.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from accounts.models import Influencer, Merchant
from analytics.periods import Period
from analytics.selectors.forecasts import DepositForecast
from analytics.selectors.leads import (
    LeadFigures,
    lead_figures,
    lead_figures_by,
    lead_figures_by_day,
    lead_figures_by_week,
    pending_count,
)
from analytics.selectors.money import balances
from analytics.selectors.platform import cash_figures, deposits_by_level, things_to_do
from analytics.selectors.sums import PLATFORM, LeadScope
from leads.models import Campaign
from leads.selectors.earnings import earnings_of
from leadsmarket.lib.money import round_to_centime

TOP = 5
DAILY_TREND = 31
"""Longer periods have a trend by week."""


@dataclass(frozen=True, slots=True)
class DepositStats:
    """A merchant's deposits that are not closed, together. current_balance: now. total_deposited, total_spent: ever.

    alert_status: the worst level of those in use; days_remaining_estimate: available / mean daily spend of 14 days.
    """

    current_balance: Decimal
    total_deposited: Decimal
    total_spent: Decimal
    alert_status: str | None
    days_remaining_estimate: int | None


@dataclass(frozen=True, slots=True)
class LeadStats:
    """total_generated, avg_value: leads created in the period. pending_validation: waiting now, whenever created.

    validated (also those converted or lost since), rejected (also expired), the rates and avg_quality_score: leads decided in
    the period; converted: of those validated in it, so far.
    """

    total_generated: int
    pending_validation: int
    validated: int
    rejected: int
    converted: int
    validation_rate: Decimal | None
    conversion_rate: Decimal | None
    avg_quality_score: Decimal | None
    avg_value: Decimal | None


@dataclass(frozen=True, slots=True)
class FinancialStats:
    """What the leads validated in the period cost, less refunds for returned ones, and what came of them."""

    total_commission_paid: Decimal
    avg_commission_per_lead: Decimal | None
    cost_per_acquisition: Decimal | None
    roi_estimate: Decimal | None


@dataclass(frozen=True, slots=True)
class DayLeads:
    """Leads created on a local day."""

    date: date
    leads: int


@dataclass(frozen=True, slots=True)
class RatePoint:
    """Validation rate of the leads decided on a day, or in the week that begins on this Monday."""

    date: date
    validation_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """One of the best by leads created in the period. id: of the influencer, merchant or campaign, or the source's code."""

    id: UUID | str
    name: str
    leads: int
    validated: int
    converted: int
    validation_rate: Decimal | None
    avg_quality_score: Decimal | None
    commission: Decimal


@dataclass(frozen=True, slots=True)
class TrendStats:
    """leads_per_day_last_7d: the last seven local days, today included, whatever the period is."""

    leads_per_day_last_7d: list[DayLeads]
    validation_rate_trend: list[RatePoint]
    top_influencers: list[Ranked]
    top_sources: list[Ranked]


@dataclass(frozen=True, slots=True)
class OverviewStats:
    """GET /api/leads/stats/overview."""

    deposits: DepositStats
    leads: LeadStats
    financials: FinancialStats
    trends: TrendStats


@dataclass(frozen=True, slots=True)
class CampaignStats:
    """GET /api/leads/stats/campaign/{campaign_id}."""

    campaign_id: UUID
    leads: LeadStats
    financials: FinancialStats
    trends: TrendStats


@dataclass(frozen=True, slots=True)
class EarningStats:
    """What the influencer's leads validated in the period earn (earned), and their balance now; the balance is None for a
    merchant, who may not know it.
    """

    earned: Decimal
    earned_not_payable: Decimal | None = None
    payable: Decimal | None = None
    in_payout: Decimal | None = None
    paid: Decimal | None = None


@dataclass(frozen=True, slots=True)
class InfluencerTrends:
    """As TrendStats, with the campaigns instead of the influencers."""

    leads_per_day_last_7d: list[DayLeads]
    validation_rate_trend: list[RatePoint]
    top_campaigns: list[Ranked]
    top_sources: list[Ranked]


@dataclass(frozen=True, slots=True)
class InfluencerStats:
    """GET /api/leads/stats/influencer/{influencer_id}."""

    influencer_id: UUID
    leads: LeadStats
    earnings: EarningStats
    rejections: Mapping[str, int]
    trends: InfluencerTrends


@dataclass(frozen=True, slots=True)
class LevelStats:
    """The deposits in use of one level."""

    alert_level: str
    deposits: int
    current_balance: Decimal
    available_balance: Decimal


@dataclass(frozen=True, slots=True)
class MoneyStats:
    """money_in: openings and recharges; money_out: payouts and what payers got back; platform_revenue: commissions of the
    leads validated in the period less the influencers' shares, net of returns.
    """

    money_in: Decimal
    money_out: Decimal
    payouts: Decimal
    given_back: Decimal
    commissions: Decimal
    platform_revenue: Decimal


@dataclass(frozen=True, slots=True)
class PlatformTrends:
    """As TrendStats, with the merchants too."""

    leads_per_day_last_7d: list[DayLeads]
    validation_rate_trend: list[RatePoint]
    top_merchants: list[Ranked]
    top_influencers: list[Ranked]
    top_sources: list[Ranked]


@dataclass(frozen=True, slots=True)
class PlatformStats:
    """GET /api/leads/stats/platform."""

    deposits: list[LevelStats]
    money: MoneyStats
    leads: LeadStats
    trends: PlatformTrends
    to_do: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BandDay:
    """What is left at the end of a day by the low, the expected and the high path."""

    date: date
    low: Decimal
    expected: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class RechargeAdvice:
    """What to add, and by when at the latest."""

    amount: Decimal
    date: date


@dataclass(frozen=True, slots=True)
class ForecastStats:
    """GET /api/leads/deposits/{id}/forecast. days_remaining: the plain estimate of the balance endpoint; days_low,
    days_expected, days_high: the forecast's range (365: a year or more). All None where nothing was spent.
    """

    deposit_id: UUID
    available_balance: Decimal
    reserved_amount: Decimal
    days_remaining: int | None
    leads_remaining: int | None
    days_low: int | None
    days_expected: int | None
    days_high: int | None
    daily_spend_expected: Decimal | None
    recommended_recharge: RechargeAdvice | None
    balance: list[BandDay]


def overview_stats(merchant_id: UUID, period: Period) -> OverviewStats:
    """Return a merchant's overview. Twelve queries, however many leads."""
    scope = LeadScope(merchant_id=merchant_id)
    figures = lead_figures(scope, period)
    stand = balances(merchant_id)
    return OverviewStats(
        deposits=DepositStats(
            current_balance=stand.current_balance,
            total_deposited=stand.deposited_amount,
            total_spent=stand.spent_amount,
            alert_status=stand.alert_level,
            days_remaining_estimate=stand.days_left,
        ),
        leads=_lead_stats(scope, figures),
        financials=_financial_stats(figures),
        trends=_trend_stats(scope, period),
    )


def campaign_stats(campaign: Campaign, period: Period) -> CampaignStats:
    """Return a campaign's figures. Seven queries."""
    scope = LeadScope(merchant_id=campaign.merchant_id, campaign_id=campaign.pk)
    figures = lead_figures(scope, period)
    return CampaignStats(
        campaign_id=campaign.pk,
        leads=_lead_stats(scope, figures),
        financials=_financial_stats(figures),
        trends=_trend_stats(scope, period),
    )


def influencer_stats(influencer_id: UUID, period: Period, *, merchant_id: UUID | None = None) -> InfluencerStats:
    """Return an influencer's figures: of all their leads, or, for a merchant, of those for its campaigns. Nine queries at most.

    top_sources is empty for a merchant: no sums are kept by influencer and source of one merchant.
    """
    scope = LeadScope(merchant_id=merchant_id, influencer_id=influencer_id)
    figures = lead_figures(scope, period)
    earnings = EarningStats(earned=figures.influencer_amount)
    if merchant_id is None:
        balance = earnings_of(influencer_id)
        earnings = EarningStats(
            earned=figures.influencer_amount,
            earned_not_payable=balance.earned_amount,
            payable=balance.payable_amount,
            in_payout=balance.in_payout_amount,
            paid=balance.paid_amount,
        )
    return InfluencerStats(
        influencer_id=influencer_id,
        leads=_lead_stats(scope, figures),
        earnings=earnings,
        rejections=figures.rejection_counts,
        trends=InfluencerTrends(
            leads_per_day_last_7d=leads_per_day(scope),
            validation_rate_trend=validation_rate_trend(scope, period),
            top_campaigns=top_campaigns(scope, period),
            top_sources=top_sources(scope, period) if merchant_id is None else [],
        ),
    )


def platform_stats(period: Period) -> PlatformStats:
    """Return the platform's figures, for staff. About twenty queries, however many leads."""
    figures, cash = lead_figures(PLATFORM, period), cash_figures(period)
    to_do = things_to_do()
    return PlatformStats(
        deposits=[
            LevelStats(row.level.value, row.deposit_count, row.current_balance, row.available_balance)
            for row in deposits_by_level()
        ],
        money=MoneyStats(
            money_in=cash.deposited_amount,
            money_out=cash.out_amount,
            payouts=cash.paid_out_amount,
            given_back=cash.given_back_amount,
            commissions=figures.commission_amount,
            platform_revenue=figures.platform_amount,
        ),
        leads=_lead_stats(PLATFORM, figures),
        trends=PlatformTrends(
            leads_per_day_last_7d=leads_per_day(PLATFORM),
            validation_rate_trend=validation_rate_trend(PLATFORM, period),
            top_merchants=top_merchants(period),
            top_influencers=top_influencers(PLATFORM, period),
            top_sources=top_sources(PLATFORM, period),
        ),
        to_do={name: getattr(to_do, name) for name in to_do.__slots__},
    )


def forecast_stats(found: DepositForecast) -> ForecastStats:
    """Return a forecast of forecasts.deposit_forecast as the API tells it. No query."""
    deposit, forecast, recharge = found.deposit, found.forecast, found.recharge
    return ForecastStats(
        deposit_id=deposit.pk,
        available_balance=deposit.available_balance,
        reserved_amount=deposit.reserved_amount,
        days_remaining=found.days_left,
        leads_remaining=found.leads_left,
        days_low=forecast.low_days,
        days_expected=forecast.expected_days,
        days_high=forecast.high_days,
        daily_spend_expected=forecast.expected_daily_amount,
        recommended_recharge=RechargeAdvice(recharge.amount, recharge.on) if recharge else None,
        balance=[BandDay(day.day, day.low_amount, day.expected_amount, day.high_amount) for day in forecast.band],
    )


def leads_per_day(scope: LeadScope, days: int = 7) -> list[DayLeads]:
    """Return the leads created on each of the last local days, today last. One query."""
    by_day = lead_figures_by_day(scope, Period.last_days(days))
    return [DayLeads(day, figures.created_count) for day, figures in by_day.items()]


def validation_rate_trend(scope: LeadScope, period: Period) -> list[RatePoint]:
    """Return the validation rate by day of decision, or by week where the period is longer than a month. One query."""
    by = lead_figures_by_day if period.day_count <= DAILY_TREND else lead_figures_by_week
    return [RatePoint(day, _rounded(figures.validation_percentage)) for day, figures in by(scope, period).items()]


def top_influencers(scope: LeadScope, period: Period, count: int = TOP) -> list[Ranked]:
    """Return those who brought most leads in the period. Two queries."""
    found = _first(lead_figures_by("influencer", scope, period), count)
    return _ranked(found, Influencer.objects.filter(pk__in=found).values_list("pk", "display_name"))


def top_merchants(period: Period, count: int = TOP) -> list[Ranked]:
    """Return the merchants that got most leads in the period; staff only. Two queries."""
    found = _first(lead_figures_by("merchant", PLATFORM, period), count)
    return _ranked(found, Merchant.objects.filter(pk__in=found).values_list("pk", "name"))


def top_campaigns(scope: LeadScope, period: Period, count: int = TOP) -> list[Ranked]:
    """Return the campaigns with most leads in the period. Two queries."""
    found = _first(lead_figures_by("campaign", scope, period), count)
    return _ranked(found, Campaign.objects.filter(pk__in=found).values_list("pk", "name"))


def top_sources(scope: LeadScope, period: Period, count: int = TOP) -> list[Ranked]:
    """Return the sources with most leads in the period, by their codes. One query."""
    found = _first(lead_figures_by("source", scope, period), count)
    return _ranked(found, ((source, source) for source in found))


def _first(found: Mapping[UUID | str, LeadFigures], count: int) -> dict[UUID | str, LeadFigures]:
    return dict([(key, figures) for key, figures in found.items() if figures.created_count][:count])


def _ranked(found: Mapping[UUID | str, LeadFigures], names: Iterable[tuple[UUID | str, str]]) -> list[Ranked]:
    name_of = dict(names)
    return [
        Ranked(
            id=key,
            name=name_of.get(key, ""),
            leads=figures.created_count,
            validated=figures.validated_count,
            converted=figures.converted_count,
            validation_rate=_rounded(figures.validation_percentage),
            avg_quality_score=figures.mean_quality_score,
            commission=figures.commission_amount,
        )
        for key, figures in found.items()
    ]


def _lead_stats(scope: LeadScope, figures: LeadFigures) -> LeadStats:
    return LeadStats(
        total_generated=figures.created_count,
        pending_validation=pending_count(scope),
        validated=figures.validated_count,
        rejected=figures.rejected_count,
        converted=figures.converted_count,
        validation_rate=_rounded(figures.validation_percentage),
        conversion_rate=_rounded(figures.conversion_percentage),
        avg_quality_score=figures.mean_quality_score,
        avg_value=figures.mean_value_amount,
    )


def _financial_stats(figures: LeadFigures) -> FinancialStats:
    return FinancialStats(
        total_commission_paid=figures.commission_amount,
        avg_commission_per_lead=figures.mean_commission_amount,
        cost_per_acquisition=figures.acquisition_amount,
        roi_estimate=_rounded(figures.roi),
    )


def _trend_stats(scope: LeadScope, period: Period) -> TrendStats:
    return TrendStats(
        leads_per_day_last_7d=leads_per_day(scope),
        validation_rate_trend=validation_rate_trend(scope, period),
        top_influencers=top_influencers(scope, period),
        top_sources=top_sources(scope, period),
    )


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else round_to_centime(value)
