"""The report of a day: who gets it, once, what it says, and where the day begins and ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from alerts.kinds import Kind
from alerts.models import Delivery, Event
from alerts.services import expand_due_events, send_daily_reports
from alerts.services.preferences import set_preferences, set_reports_without_activity
from alerts.tellers.reports import bars, merchant_report
from analytics.periods import Period
from analytics.selectors.leads import LeadFigures
from leads.services import validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as


def the_day_after() -> date:
    return timezone.localdate() + timedelta(days=1)


def reports() -> dict[str, Delivery]:
    """The reports that were written, by address."""
    expand_due_events()
    with acting_as(SYSTEM):
        return {delivery.address: delivery for delivery in Delivery.objects.filter(kind=Kind.DAILY_REPORT)}


@pytest.fixture
def busy_day(personas):
    """A lead of Atlas came and was validated, another one came; the reports are those of the next day."""
    lead = personas.submit("600.00")
    personas.submit("900.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    return personas


def test_who_had_activity_and_staff_get_one(busy_day):
    assert send_daily_reports(today=the_day_after()) == 2

    assert sorted(reports()) == sorted([busy_day.owner.email, busy_day.member.email, busy_day.staff.email])


def test_again_on_the_same_day_nothing_is_sent(busy_day):
    send_daily_reports(today=the_day_after())
    first = reports()

    assert send_daily_reports(today=the_day_after()) == 0
    assert reports().keys() == first.keys()


def test_a_quiet_day_is_told_to_who_asked_alone(personas):
    with acting_as(personas.as_other_owner):
        set_reports_without_activity(user=personas.other_owner, wanted=True)
    send_daily_reports(today=the_day_after())

    assert sorted(reports()) == sorted([personas.other_owner.email, personas.staff.email])


def test_who_does_not_want_it_does_not_get_it(busy_day):
    with acting_as(busy_day.as_owner):
        set_preferences(user=busy_day.owner, choices={(Kind.DAILY_REPORT, "email"): False})
    send_daily_reports(today=the_day_after())

    assert busy_day.owner.email not in reports()


def test_it_says_the_figures_of_its_day(busy_day):
    with acting_as(SYSTEM):
        report = merchant_report(busy_day.merchant.pk, Period.yesterday(today=the_day_after()))

    assert (report["figures"].created_count, report["figures"].validated_count) == (2, 1)
    assert report["money"].spent_amount == 60
    assert report["before"].created_count == 0
    assert report["pending"] == 1
    assert [bar.count for bar in report["bars"]] == [0, 0, 0, 0, 0, 0, 2]
    assert report["has_activity"]


def test_the_message_has_figures_and_chart_and_stays_out_of_the_bell(busy_day):
    send_daily_reports(today=the_day_after())
    told = reports()[busy_day.owner.email]

    assert "60,00" in told.text
    assert told.html.count('<td style="height:84px') == 7
    with acting_as(SYSTEM):
        assert not busy_day.owner.notifications.filter(kind=Kind.DAILY_REPORT).exists()


# Casablanca was one hour ahead of UTC until 2026-09-20 02:00, but for Ramadan (02-15 to 03-22).
@pytest.mark.parametrize(
    ("day", "starts", "hours"),
    [
        (date(2026, 2, 15), datetime(2026, 2, 14, 23, tzinfo=UTC), 25),
        (date(2026, 3, 22), datetime(2026, 3, 22, 0, tzinfo=UTC), 23),
        (date(2026, 9, 20), datetime(2026, 9, 19, 23, tzinfo=UTC), 25),
        (date(2026, 12, 31), datetime(2026, 12, 31, 0, tzinfo=UTC), 24),
        (date(2027, 1, 1), datetime(2027, 1, 1, 0, tzinfo=UTC), 24),
    ],
)
def test_days_are_cut_at_midnight_in_casablanca(day, starts, hours):
    period = Period.yesterday(today=date.fromordinal(day.toordinal() + 1))

    assert (period.first, period.starts_at) == (day, starts)
    assert (period.ends_at - period.starts_at).total_seconds() == hours * 3600


@pytest.mark.parametrize(
    ("moment", "is_told"),
    [
        (datetime(2026, 9, 19, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 9, 19, 23, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 9, 20, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 9, 21, 0, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_lead_belongs_to_the_report_of_its_local_day(personas, moment, is_told):
    with time_machine.travel(moment, tick=False):
        personas.submit("600.00")
    send_daily_reports(today=date(2026, 9, 21))

    with acting_as(SYSTEM):
        assert Event.objects.filter(kind=Kind.DAILY_REPORT, merchant_id=personas.merchant.pk).exists() == is_told


def test_bars_are_as_long_as_their_share():
    days = {date(2026, 1, day): LeadFigures(created_count=count) for day, count in enumerate((0, 1, 200), start=1)}

    assert [bar.height for bar in bars(days)] == [0, 1, 60]
    assert [bar.height for bar in bars({date(2026, 1, 1): LeadFigures()})] == [0]
