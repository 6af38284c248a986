"""Each figure against a slow count in Python, over random worlds, random periods and random moments of folding.

HYPOTHESIS_PROFILE=thorough runs 400 worlds.
"""

import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.periods import Period
from analytics.reconciliation import rollup_differences
from analytics.rollup import roll_up
from analytics.selectors.leads import (
    LeadFigures,
    lead_figures,
    lead_figures_by,
    lead_figures_by_day,
    lead_figures_by_week,
)
from analytics.selectors.sums import PLATFORM, LeadScope
from analytics.tests.worlds import Place, Story, figures, moments, of_scope, periods, store, stories
from conftest import empty_tables
from deposits.models import Deposit
from leads.models import InfluencerAgreement
from leads.services import create_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import Personas, make_personas

pytestmark = pytest.mark.xdist_group("figures")
EXAMPLES = {"quick": 10, "thorough": 400}.get(os.environ.get("HYPOTHESIS_PROFILE", ""), 40)


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """Two merchants with three campaigns, and two influencers under agreement with both; committed."""
    with django_db_blocker.unblock():
        personas = make_personas()
        with acting_as(SYSTEM):
            bath = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")
            influencers = [personas.influencer.pk, personas.other_influencer.pk]
            places = [
                _place(personas.merchant.pk, personas.campaign.pk, influencers),
                _place(personas.merchant.pk, bath.pk, influencers),
                _place(personas.other_merchant.pk, personas.other_campaign.pk, influencers),
            ]
        yield Market(personas, places, influencers)
        empty_tables()


class Market:
    def __init__(self, personas: Personas, places: list[Place], influencers: list[UUID]) -> None:
        self.personas, self.places, self.influencers = personas, places, influencers

    def store(self, world: list[Story]) -> None:
        with acting_as(SYSTEM):
            store(world, self.places, self.influencers, self.personas.owner.pk)

    def of(self, world: list[Story], scope: LeadScope) -> list[Story]:
        return of_scope(world, scope, self.places, self.influencers)


def _place(merchant_id: UUID, campaign_id: UUID, influencers: list[UUID]) -> Place:
    agreements = [
        InfluencerAgreement.objects.get_or_create(
            merchant_id=merchant_id, influencer_id=influencer_id, campaign_id=campaign_id, defaults={"status": "active"}
        )[0].pk
        for influencer_id in influencers
    ]
    deposit = Deposit.objects.get(merchant_id=merchant_id)
    return Place(merchant_id, campaign_id, deposit.pk, (agreements[0], agreements[1]))


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    world=st.lists(stories, max_size=15),
    folds=st.lists(moments, max_size=3).map(sorted),
    period=periods,
)
@example(world=[], folds=[], period=None)
def test_every_figure_is_what_counting_lead_by_lead_gives(market, world, folds, period):
    personas, (kitchen, _bath, other) = market.personas, market.places
    first, second = market.influencers
    merchant = LeadScope(merchant_id=kitchen.merchant_id)
    with transaction.atomic():
        market.store(world)
        for moment in folds:
            roll_up(until=moment)
        with acting_as(SYSTEM):
            assert rollup_differences() == []
        for actor, scope in (
            (SYSTEM, PLATFORM),
            (SYSTEM, LeadScope(source="tiktok")),
            (personas.as_owner, merchant),
            (personas.as_owner, LeadScope(merchant_id=kitchen.merchant_id, campaign_id=kitchen.campaign_id)),
            (personas.as_owner, LeadScope(merchant_id=kitchen.merchant_id, source="direct")),
            (personas.as_owner, LeadScope(merchant_id=kitchen.merchant_id, influencer_id=second)),
            (personas.as_other_owner, LeadScope(merchant_id=other.merchant_id)),
            (personas.as_influencer, LeadScope(influencer_id=first)),
            (personas.as_influencer, LeadScope(influencer_id=first, source="instagram")),
        ):
            with acting_as(actor):
                assert lead_figures(scope, period) == figures(market.of(world, scope), period), scope
        _check_breakdowns(market, world, period, merchant)
        transaction.set_rollback(True)


def _check_breakdowns(market: Market, world: list[Story], period: Period | None, merchant: LeadScope) -> None:
    for scope, dimension, name in (
        (PLATFORM, "merchant", "merchant_id"),
        (PLATFORM, "source", "source"),
        (merchant, "campaign", "campaign_id"),
        (merchant, "influencer", "influencer_id"),
        (LeadScope(influencer_id=market.influencers[0]), "campaign", "campaign_id"),
    ):
        with acting_as(SYSTEM):
            found = lead_figures_by(dimension, scope, period)
        mine = market.of(world, scope)
        values = {
            "merchant_id": {market.places[story.campaign].merchant_id for story in mine},
            "campaign_id": {market.places[story.campaign].campaign_id for story in mine},
            "influencer_id": {market.influencers[story.influencer] for story in mine},
            "source": {story.source for story in mine},
        }[name]
        expected = {value: figures(market.of(mine, LeadScope(**{name: value})), period) for value in values}
        nothing = LeadFigures()
        assert found == {value: row for value, row in expected.items() if row != nothing}
        assert [row.created_count for row in found.values()] == sorted(
            (row.created_count for row in found.values()), reverse=True
        )


@settings(max_examples=EXAMPLES // 4, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    world=st.lists(stories, min_size=1, max_size=10),
    around=st.sampled_from(["2025-12-31", "2026-02-15", "2026-03-22", "2026-09-20"]),
)
def test_days_and_weeks_are_those_of_casablanca(market, world, around):
    day = date.fromisoformat(around)
    period = Period(day - timedelta(days=9), day + timedelta(days=9))
    with transaction.atomic():
        market.store(world)
        roll_up(until=period.ends_at)
        with acting_as(SYSTEM):
            by_day = lead_figures_by_day(PLATFORM, period)
            by_week = lead_figures_by_week(PLATFORM, period)
        transaction.set_rollback(True)

    assert by_day == {each: figures(world, Period(each, each)) for each in period.days}
    for monday, week in by_week.items():
        assert monday.weekday() == 0
        first, last = max(monday, period.first), min(monday + timedelta(days=6), period.last)
        assert week == figures(world, Period(first, last))


def test_rates_and_means_by_their_formulas():
    found = LeadFigures(
        created_count=10,
        created_validated_count=4,
        created_rejected_count=3,
        created_converted_count=2,
        created_lost_count=1,
        estimated_amount=Decimal("1000.10"),
        validated_count=6,
        converted_count=2,
        lost_count=1,
        returned_count=1,
        gross_commission_amount=Decimal("360.00"),
        gross_influencer_amount=Decimal("108.00"),
        returned_commission_amount=Decimal("60.00"),
        returned_influencer_amount=Decimal("18.00"),
        converted_amount=Decimal("1200.00"),
        score_counts=dict.fromkeys(range(1, 11), 0) | {7: 2, 10: 1},
        rejection_counts={"fraud": 1, "expired": 1},
        hours_counts=(1, 0, 0, 1, 0, 0, 0),
        decision_seconds=3600 * 21,
    )

    assert (found.created_pending_count, found.created_open_count) == (3, 1)
    assert found.mean_value_amount == Decimal("100.01")
    assert (found.rejected_count, found.expired_count, found.decided_count) == (2, 1, 8)
    assert found.validation_percentage == 75
    assert found.conversion_percentage.quantize(Decimal("0.01")) == Decimal("33.33")
    assert found.mean_quality_score == Decimal("8.00")
    assert found.decision_hours == Decimal("10.50")
    assert (found.commission_amount, found.influencer_amount, found.platform_amount) == (300, 90, 210)
    assert found.mean_commission_amount == Decimal("60.00")
    assert found.acquisition_amount == Decimal("150.00")
    assert found.roi == 3


def test_where_there_is_nothing_there_is_no_mean_and_no_error():
    nothing = LeadFigures()
    for name in (
        "mean_value_amount",
        "validation_percentage",
        "conversion_percentage",
        "mean_quality_score",
        "decision_hours",
        "mean_commission_amount",
        "acquisition_amount",
        "roi",
    ):
        assert getattr(nothing, name) is None, name
    returned = LeadFigures(
        validated_count=1,
        returned_count=1,
        gross_commission_amount=Decimal("60.00"),
        returned_commission_amount=Decimal("60.00"),
    )
    assert (returned.mean_commission_amount, returned.roi, returned.acquisition_amount) == (None, None, None)


def test_a_sum_that_is_not_kept_is_refused():
    with pytest.raises(ValueError, match="no rollup by"):
        lead_figures_by("source", LeadScope(merchant_id=UUID(int=1), influencer_id=UUID(int=2)), None)


def test_midnight_begins_the_day_on_both_sides(market):
    # UTC+1 until 2026-02-15, UTC+0 in Ramadan.
    edge = datetime(2026, 2, 14, 23, 0, tzinfo=UTC)
    template = Story(
        campaign=0,
        influencer=0,
        source="direct",
        value=Decimal("600.00"),
        created_at=edge,
        decided_after=None,
        reason="",
        score=None,
        by_person=True,
        outcome_after=None,
        converted=False,
        actual_value=None,
        returned_after=None,
    )
    world = [
        Story(**{**template.__dict__, "created_at": edge + timedelta(seconds=seconds)})
        for seconds in (-1, 0, 25 * 3600 - 1, 25 * 3600)
    ]
    with transaction.atomic():
        market.store(world)
        with acting_as(SYSTEM):
            period = Period(date(2026, 2, 14), date(2026, 2, 16))
            counts = [row.created_count for row in lead_figures_by_day(PLATFORM, period).values()]
        transaction.set_rollback(True)

    assert counts == [1, 2, 1]
