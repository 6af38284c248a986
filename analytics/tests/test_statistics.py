"""The API's statistics: names, values of a small world, constant numbers of queries, nothing to compute from."""

from dataclasses import asdict
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.periods import Period
from analytics.selectors.forecasts import deposit_forecast
from analytics.selectors.statistics import (
    campaign_stats,
    forecast_stats,
    influencer_stats,
    overview_stats,
    platform_stats,
)
from deposits.models import Deposit
from leads.services import accept_return, ask_return, validate_lead
from leadsmarket.lib.actor import acting_as
from tests.personas import make_books


def overview(personas):
    with acting_as(personas.as_owner):
        return overview_stats(personas.merchant.pk, Period.last_days(30))


def test_overview_has_the_fields_of_the_contract(personas):
    make_books(personas)

    body = asdict(overview(personas))

    assert body["deposits"] == {
        "current_balance": Decimal("5318.50"),
        "total_deposited": Decimal("5500.00"),
        "total_spent": Decimal("180.00"),
        "alert_status": "healthy",
        "days_remaining_estimate": int(Decimal("5258.50") / (Decimal(180) / 14)),
    }
    assert body["leads"] == {
        "total_generated": 5,
        "pending_validation": 1,
        "validated": 3,
        "rejected": 1,
        "converted": 1,
        "validation_rate": Decimal("75.00"),
        "conversion_rate": Decimal("33.33"),
        "avg_quality_score": Decimal("8.00"),
        "avg_value": Decimal("600.00"),
    }
    assert body["financials"] == {
        "total_commission_paid": Decimal("180.00"),
        "avg_commission_per_lead": Decimal("60.00"),
        "cost_per_acquisition": Decimal("180.00"),
        "roi_estimate": Decimal("49.00"),
    }
    trends = body["trends"]
    assert set(trends) == {"leads_per_day_last_7d", "validation_rate_trend", "top_influencers", "top_sources"}
    assert [day["leads"] for day in trends["leads_per_day_last_7d"]] == [0, 0, 0, 0, 0, 0, 5]
    assert trends["validation_rate_trend"][-1] == {"date": timezone.localdate(), "validation_rate": Decimal("75.00")}
    assert [(row["name"], row["leads"], row["validated"]) for row in trends["top_influencers"]] == [("Salma", 5, 3)]
    assert [(row["id"], row["leads"]) for row in trends["top_sources"]] == [("instagram", 5)]


def test_a_returned_lead_costs_nothing_and_stays_validated(personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=2)
        asked = ask_return(lead_id=lead.pk, reason="fraud")
    with acting_as(personas.as_staff):
        accept_return(return_id=asked.pk)

    found = overview(personas)

    assert (found.leads.validated, found.leads.validation_rate) == (1, Decimal("100.00"))
    assert (found.financials.total_commission_paid, found.deposits.total_spent) == (0, 0)
    assert (found.financials.avg_commission_per_lead, found.financials.roi_estimate) == (None, None)


def test_nothing_to_compute_from_is_none_and_never_an_error(personas):
    found = overview(personas)

    assert asdict(found.leads) == {
        "total_generated": 0,
        "pending_validation": 0,
        "validated": 0,
        "rejected": 0,
        "converted": 0,
        "validation_rate": None,
        "conversion_rate": None,
        "avg_quality_score": None,
        "avg_value": None,
    }
    assert found.deposits.days_remaining_estimate is None
    assert found.financials.cost_per_acquisition is None
    assert {point.validation_rate for point in found.trends.validation_rate_trend} == {None}
    with acting_as(personas.as_influencer):
        assert influencer_stats(personas.influencer.pk, Period.last_days(30)).earnings.payable == 0
    with acting_as(personas.as_owner):
        forecast = forecast_stats(deposit_forecast(Deposit.objects.get(pk=personas.deposit.pk)))
    assert (forecast.days_expected, forecast.daily_spend_expected, forecast.recommended_recharge) == (None, None, None)


def test_campaign_influencer_and_platform(personas):
    make_books(personas)
    month = Period.last_days(30)

    with acting_as(personas.as_owner):
        campaign = campaign_stats(personas.campaign, month)
        of_influencer = influencer_stats(personas.influencer.pk, month, merchant_id=personas.merchant.pk)
    with acting_as(personas.as_influencer):
        own = influencer_stats(personas.influencer.pk, month)
    with acting_as(personas.as_staff):
        platform = platform_stats(month)

    assert (campaign.leads.total_generated, campaign.financials.total_commission_paid) == (5, Decimal("180.00"))
    assert [row.name for row in campaign.trends.top_influencers] == ["Salma"]
    assert of_influencer.leads == own.leads == campaign.leads
    assert (of_influencer.earnings.earned, of_influencer.earnings.payable) == (Decimal("54.00"), None)
    assert (own.earnings.earned, own.earnings.payable) == (Decimal("54.00"), Decimal("18.00"))
    assert own.rejections["unreachable"] == 1
    assert [row.name for row in own.trends.top_campaigns] == ["Cuisine sur mesure"]
    assert (platform.money.money_in, platform.money.platform_revenue) == (Decimal("8500.00"), Decimal("126.00"))
    assert [row.name for row in platform.trends.top_merchants] == ["Atlas Rénovation"]
    assert {row.alert_level: row.deposits for row in platform.deposits}["healthy"] == 2
    assert platform.to_do["returns_to_decide"] == 0


def test_nobody_counts_anothers_leads(personas):
    make_books(personas)
    month = Period.last_days(30)

    with acting_as(personas.as_other_owner):
        stolen = overview_stats(personas.merchant.pk, month)
        assert stolen.leads.total_generated == stolen.leads.pending_validation == 0
        assert stolen.deposits.current_balance == stolen.deposits.total_deposited == 0
        assert influencer_stats(personas.influencer.pk, month).leads.total_generated == 0
        assert platform_stats(month).leads.total_generated == 0
    with acting_as(personas.as_other_influencer):
        assert influencer_stats(personas.influencer.pk, month).leads.total_generated == 0
        assert campaign_stats(personas.campaign, month).leads.total_generated == 0


@pytest.mark.parametrize("days", [1, 30, 365])
def test_the_number_of_queries_does_not_grow(personas, days):
    def count() -> list[int]:
        period = Period.last_days(days)
        counts = []
        for actor, ask in (
            (personas.as_owner, lambda: overview_stats(personas.merchant.pk, period)),
            (personas.as_owner, lambda: campaign_stats(personas.campaign, period)),
            (personas.as_influencer, lambda: influencer_stats(personas.influencer.pk, period)),
            (personas.as_staff, lambda: platform_stats(period)),
            (personas.as_owner, lambda: deposit_forecast(personas.deposit)),
        ):
            with acting_as(actor), CaptureQueriesContext(connection) as queries:
                ask()
            counts.append(len(queries))
        return counts

    make_books(personas)
    before = count()
    for source in ("tiktok", "direct", "facebook"):
        lead = personas.submit(source=source)
        with acting_as(personas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=5)

    assert count() == before
