"""Figures by the API: the contract's names, and who may read whose."""

from decimal import Decimal

import pytest

from api.tests.conftest import caller_of
from leads.services import invite_influencer
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.personas import make_books

LEADS = {
    "total_generated",
    "pending_validation",
    "validated",
    "rejected",
    "converted",
    "validation_rate",
    "conversion_rate",
    "avg_quality_score",
    "avg_value",
}


@pytest.fixture
def books(personas):
    return make_books(personas)


def test_the_overview_has_the_contracts_figures(personas, books, merchant):
    answer = merchant.get("leads/stats/overview")

    assert answer.status == 200, answer.text
    assert set(answer.body) == {"deposits", "leads", "financials", "trends"}
    # 5,000.00 and 500.00 came in; 3 leads of 60.00 and a correction of 1.50 went out.
    assert answer.body["deposits"] == {
        "current_balance": Decimal("5318.50"),
        "total_deposited": Decimal("5500.00"),
        "total_spent": Decimal("180.00"),
        "alert_status": "healthy",
        "days_remaining_estimate": answer.body["deposits"]["days_remaining_estimate"],
    }
    assert answer.body["leads"] == {
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
    # (9,000.00 - 180.00) / 180.00
    assert answer.body["financials"] == {
        "total_commission_paid": Decimal("180.00"),
        "avg_commission_per_lead": Decimal("60.00"),
        "cost_per_acquisition": Decimal("180.00"),
        "roi_estimate": Decimal("49.00"),
    }
    trends = answer.body["trends"]
    assert set(trends) == {"leads_per_day_last_7d", "validation_rate_trend", "top_influencers", "top_sources"}
    assert [day["leads"] for day in trends["leads_per_day_last_7d"]] == [0, 0, 0, 0, 0, 0, 5]
    assert [(one["id"], one["leads"]) for one in trends["top_influencers"]] == [(str(personas.influencer.pk), 5)]
    assert [(one["id"], one["leads"]) for one in trends["top_sources"]] == [("instagram", 5)]


@pytest.mark.parametrize("days", ["1", "7", "366"])
def test_a_period_can_be_chosen(personas, books, merchant, days):
    answer = merchant.get(f"leads/stats/overview?period_days={days}")
    assert (answer.status, answer.body["leads"]["total_generated"]) == (200, 5)


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", "1.5"])
def test_a_period_that_does_not_fit_is_refused(personas, merchant, days):
    answer = merchant.get(f"leads/stats/overview?period_days={days}")
    assert (answer.error, answer.fields) == ((400, "validation_error"), {"period_days"})


def test_a_merchant_without_anything_has_figures_too(personas):
    body = caller_of(personas.as_other_owner).get("leads/stats/overview").body
    assert (body["leads"]["total_generated"], body["leads"]["validation_rate"]) == (0, None)


def test_the_figures_of_a_campaign(personas, books, merchant, staff, influencer):
    path = f"leads/stats/campaign/{personas.campaign.pk}"
    answer = merchant.get(path)

    assert answer.status == 200, answer.text
    assert set(answer.body) == {"campaign_id", "leads", "financials", "trends"}
    assert answer.body["campaign_id"] == str(personas.campaign.pk)
    assert set(answer.body["leads"]) == LEADS
    assert answer.body["leads"]["total_generated"] == 5
    assert staff.get(path).body == answer.body
    # Salma sees the campaign, not what it costs.
    assert influencer.get(path).error == (403, "permission_denied")
    other = caller_of(personas.as_other_owner)
    missing = other.get(f"leads/stats/campaign/{new_id()}")
    assert missing.error == (404, "not_found")
    assert other.get(path).text == missing.text


def test_the_figures_of_an_influencer(personas, books, merchant, staff, influencer):
    path = f"leads/stats/influencer/{personas.influencer.pk}"
    own, for_merchant = influencer.get(path).body, merchant.get(path).body

    assert own["leads"]["total_generated"] == for_merchant["leads"]["total_generated"] == 5
    assert own["earnings"]["earned"] == for_merchant["earnings"]["earned"] == Decimal(54)
    assert (own["earnings"]["payable"], for_merchant["earnings"]["payable"]) == (Decimal(18), None)
    assert {reason: count for reason, count in own["rejections"].items() if count} == {"unreachable": 1}
    assert staff.get(path).body == own


def test_a_merchant_sees_of_an_influencer_its_own_leads_alone(personas, books):
    path = f"leads/stats/influencer/{personas.influencer.pk}"
    other = caller_of(personas.as_other_owner)
    missing = other.get(f"leads/stats/influencer/{new_id()}")
    assert missing.error == (404, "not_found")
    assert other.get(path).text == missing.text
    with acting_as(SYSTEM):
        invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")
    assert other.get(path).body["leads"]["total_generated"] == 0
    assert caller_of(personas.as_other_influencer).get(path).text == missing.text


def test_the_platforms_figures_are_for_staff(personas, books, merchant, influencer, staff):
    answer = staff.get("leads/stats/platform")

    assert answer.status == 200, answer.text
    assert set(answer.body) == {"deposits", "money", "leads", "trends", "to_do"}
    # 180.00 less the influencer's 54.00.
    assert answer.body["money"]["platform_revenue"] == Decimal("126.00")
    assert answer.body["money"]["money_in"] == Decimal("8500.00")
    assert merchant.get("leads/stats/platform").error == (403, "permission_denied")
    assert influencer.get("leads/stats/platform").error == (403, "permission_denied")
    assert staff.get("leads/stats/overview").error == (403, "permission_denied")


def test_figures_ask_a_constant_number_of_questions(personas, merchant, django_assert_max_num_queries):
    for count in (3, 8):
        for _ in range(count):
            personas.submit()
        with django_assert_max_num_queries(16):
            merchant.get("leads/stats/overview")
