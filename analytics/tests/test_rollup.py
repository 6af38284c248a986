"""The rollups: complete, once, in any order of runs; reconciliation finds what they are not."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, connections
from django.utils import timezone

from analytics.models import DepositDay, LeadDay
from analytics.reconciliation import NOBODY, rollup_differences
from analytics.rollup import rebuild, roll_up
from leads.services import accept_return, ask_return, create_lead, mark_converted, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.crowd import crowd
from tests.personas import make_books, submission
from tests.raw_sql import as_owner

NO_DIFFERENCE = timedelta(0)


def fold():
    """Add everything up to now; in one transaction nobody else can write something of before."""
    return roll_up(until=timezone.now(), clock_difference=NO_DIFFERENCE)


def differences():
    with acting_as(SYSTEM):
        return rollup_differences()


def platform_day() -> LeadDay:
    with acting_as(SYSTEM):
        return LeadDay.objects.get(scope="platform")


def test_a_run_adds_what_happened_since_the_one_before(committed_personas):
    personas = committed_personas
    lead = personas.submit("600.00")
    fold()
    first = platform_day()

    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=9)
    fold()
    with acting_as(personas.as_owner):
        mark_converted(lead_id=lead.pk, actual_value=Decimal("900.00"))
    fold()

    day = platform_day()
    assert (first.created_count, first.created_validated_count, first.validated_count) == (1, None, None)
    assert (day.created_count, day.created_validated_count, day.validated_count, day.score_9_count) == (1, 1, 1, 1)
    assert (day.converted_count, day.converted_amount, day.commission_amount) == (
        1,
        Decimal("900.00"),
        Decimal("60.00"),
    )
    assert differences() == []


def test_a_run_without_news_changes_nothing(personas):
    personas.submit()
    fold()

    result = fold()

    assert (result.lead_days, result.deposit_days) == (0, 0)


def test_what_is_young_is_left_for_later(personas):
    personas.submit()

    result = roll_up()

    assert (result.lead_days, result.deposit_days) == (0, 0)
    with acting_as(SYSTEM):
        assert not LeadDay.objects.exists()


def test_a_return_is_added_to_the_day_of_the_decision(committed_personas):
    personas = committed_personas
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=2)
        asked = ask_return(lead_id=lead.pk, reason="fraud")
    fold()
    with acting_as(personas.as_staff):
        accept_return(return_id=asked.pk)
    fold()

    day = platform_day()

    assert (day.returned_count, day.returned_commission_amount) == (1, Decimal("60.00"))
    assert (day.commission_amount, day.returned_influencer_amount) == (Decimal("60.00"), Decimal("18.00"))
    assert differences() == []


def test_rebuilding_gives_the_same(personas):
    make_books(personas)
    fold()
    with acting_as(SYSTEM):
        before = list(LeadDay.objects.order_by("scope").values())
        LeadDay.objects.filter(scope="platform").update(created_count=99)

    rebuild()
    fold()

    with acting_as(SYSTEM):
        after = list(LeadDay.objects.order_by("scope").values())
    assert [{**row, "id": 0} for row in after] == [{**row, "id": 0} for row in before]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (
            "lead_day_merchant",
            "UPDATE analytics_leadday SET created_count = created_count + 1 WHERE scope = 'merchant'",
        ),
        ("lead_day_platform", "UPDATE analytics_leadday SET score_8_count = NULL WHERE scope = 'platform'"),
        ("lead_day_influencer_source", "DELETE FROM analytics_leadday WHERE scope = 'influencer_source'"),
        (
            "deposit_day",
            "UPDATE analytics_depositday SET deducted_amount = deducted_amount - 0.01 WHERE deposit_id IS NULL",
        ),
    ],
)
def test_reconciliation_finds_a_planted_difference(personas, kind, change):
    make_books(personas)
    fold()
    assert differences() == []

    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(change)

    assert [difference.kind for difference in differences()] == [kind]


def test_a_difference_says_the_day_and_the_measure(personas):
    personas.submit()
    fold()
    with acting_as(SYSTEM):
        LeadDay.objects.filter(scope="source").update(created_count=7)

    (difference,) = differences()

    today = timezone.localdate()
    expected = f"lead_day_source {NOBODY}: expected {today} instagram created_count 1, found created_count 7"
    assert str(difference) == expected


def test_leads_of_the_past_are_found_missing_and_a_rebuild_counts_them(personas):
    personas.submit()
    fold()
    with acting_as(SYSTEM):
        day = LeadDay.objects.filter(scope="platform").values_list("created_count", flat=True)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE analytics_rollupstate SET folded_until = now() + interval '1 minute'")
        personas.submit()
        assert {difference.kind for difference in differences()} >= {"lead_day_platform", "deposit_day"}
        rebuild()
        fold()
        assert list(day) == [2]
    assert differences() == []


def test_rollups_are_written_by_jobs_alone(personas):
    personas.submit()
    fold()
    for actor in (personas.as_owner, personas.as_influencer, personas.as_staff):
        with acting_as(actor):
            assert LeadDay.objects.update(created_count=5) == 0
            assert DepositDay.objects.update(reserved_count=5) == 0


def test_an_influencer_sees_their_own_days_and_no_sum_of_a_merchant(personas):
    personas.submit()
    fold()
    with acting_as(personas.as_influencer):
        scopes = set(LeadDay.objects.values_list("scope", flat=True))
        assert scopes == {"influencer", "influencer_source", "merchant_influencer", "campaign_influencer"}
        assert not DepositDay.objects.exists()
    with acting_as(personas.as_owner):
        scopes = set(LeadDay.objects.values_list("scope", flat=True))
        assert scopes & {"platform", "source", "influencer", "influencer_source"} == set()
        assert {*DepositDay.objects.values_list("deposit_id", flat=True)} == {personas.deposit.pk}


def test_leads_that_come_and_are_decided_while_runs_go_on_are_all_counted_once(committed_personas):
    personas = committed_personas

    def work(number: int) -> None:
        if number == 0:
            for _run in range(12):
                fold()
            return
        for _lead in range(3):
            with acting_as(personas.as_influencer):
                lead = create_lead(
                    influencer_id=personas.influencer.pk, campaign_id=personas.campaign.pk, submission=submission()
                )
            with acting_as(personas.as_owner):
                if number % 2:
                    validate_lead(lead_id=lead.pk, quality_score=7)
                else:
                    reject_lead(lead_id=lead.pk, rejection_reason="fraud")

    with crowd(5) as together:
        results = together.at_once(*[partial(work, number) for number in range(5)])
    assert results == [None] * 5
    fold()

    day = platform_day()
    counts = (day.created_count, day.validated_count, day.rejected_fraud_count, day.score_7_count)
    assert counts == (12, 6, 6, 6)
    assert differences() == []


def test_a_transaction_that_still_runs_holds_the_fold_back(committed_personas):
    """Its rows carry the time of its beginning and are not visible yet."""
    personas = committed_personas
    with as_owner() as cursor:
        cursor.execute("SELECT now()")
        (began,) = cursor.fetchone()
        personas.submit()

        result = fold()

        assert result.folded_until == began
    assert fold().folded_until > began
    assert platform_day().created_count == 1
    connections["owner"].close()
