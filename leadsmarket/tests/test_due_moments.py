"""When jobs are due across the days of 23 and 25 hours and the turn of the year: by our reckoning, and by beat's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from leadsmarket.celery import app
from leadsmarket.due_moments import is_frequent, latest_due
from leadsmarket.jobs import JOBS

CASABLANCA = ZoneInfo("Africa/Casablanca")
MINUTE = timedelta(minutes=1)


def schedule(hour: str, minute: str, **fields: str) -> PeriodicTask:
    crontab = CrontabSchedule(hour=hour, minute=minute, timezone=CASABLANCA, **fields)
    return PeriodicTask(name="a job", task="leadsmarket.tasks.run_job", crontab=crontab)


def moments(row: PeriodicTask, start: datetime, end: datetime) -> list[datetime]:
    """All due moments after `start` until `end`, found from the last one back."""
    found = []
    while (moment := latest_due(row, end)) and moment > start:
        found.append(moment)
        end = moment - timedelta(microseconds=1)
    return found[::-1]


# The first minute of each day (UTC), and how long it lasts. In February and September the clocks go back, in March on.
DAYS = {
    "2026-02-15": (datetime(2026, 2, 14, 23, tzinfo=UTC), 25),
    "2026-03-22": (datetime(2026, 3, 22, tzinfo=UTC), 23),
    "2026-09-20": (datetime(2026, 9, 19, 23, tzinfo=UTC), 25),
    "2026-12-31": (datetime(2026, 12, 31, tzinfo=UTC), 24),
    "2027-01-01": (datetime(2027, 1, 1, tzinfo=UTC), 24),
}
DAILY = [("23", "0"), ("9", "0"), ("0", "0"), ("1", "30"), ("2", "30"), ("3", "30"), ("23", "55")]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(("hour", "minute"), DAILY)
def test_a_daily_job_is_due_once_on_each_local_day(day, hour, minute):
    start, hours = DAYS[day]

    found = moments(schedule(hour, minute), start - MINUTE / 60, start + timedelta(hours=hours) - MINUTE / 60)

    assert [moment.astimezone(CASABLANCA).date().isoformat() for moment in found] == [day]
    if (day, hour) != ("2026-03-22", "2"):
        assert f"{found[0].astimezone(CASABLANCA):%H:%M}" == f"{hour:0>2}:{minute:0>2}"


def test_a_time_that_the_clocks_skip_is_met_when_they_have_gone_on():
    found = latest_due(schedule("2", "30"), datetime(2026, 3, 22, 12, tzinfo=UTC))
    assert found == datetime(2026, 3, 22, 2, 30, tzinfo=UTC)
    assert f"{found.astimezone(CASABLANCA):%H:%M}" == "03:30"


def test_a_time_that_comes_twice_counts_the_first_time():
    assert latest_due(schedule("1", "30"), datetime(2026, 9, 20, 12, tzinfo=UTC)) == datetime(
        2026, 9, 20, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("day", DAYS)
def test_an_hourly_job_is_due_every_hour_that_passes(day):
    start, hours = DAYS[day]

    found = moments(schedule("*", "5"), start, start + timedelta(hours=hours))

    assert found == [start + timedelta(hours=hour, minutes=5) for hour in range(hours)]


@pytest.mark.parametrize("day", DAYS)
def test_beat_itself_sends_a_daily_job_once_on_each_local_day(day, time_machine):
    """With the zone data of this installation; a beat that erred would be seen here, our runs would be right all the same."""
    start, hours = DAYS[day]
    rows = [schedule(hour, minute, day_of_week="*") for hour, minute in DAILY]
    sent: list[tuple[str, str]] = []
    for row in rows:
        row.last_run_at = start - MINUTE
    for minutes in range(0, hours * 60, 5):
        time_machine.move_to(start + minutes * MINUTE, tick=False)
        for row in rows:
            if ModelEntry(row, app=app).is_due().is_due:
                row.last_run_at = timezone.now()
                sent.append((row.crontab.hour, row.crontab.minute))
    assert sorted(sent) == sorted(DAILY)


def test_days_of_the_week_and_of_the_month_count():
    monday = schedule("9", "0", day_of_week="1")
    assert latest_due(monday, datetime(2026, 11, 20, 12, tzinfo=UTC)) == datetime(2026, 11, 16, 9, tzinfo=UTC)
    sunday = schedule("9", "0", day_of_week="0")
    assert latest_due(sunday, datetime(2026, 11, 20, 12, tzinfo=UTC)) == datetime(2026, 11, 15, 9, tzinfo=UTC)
    first = schedule("9", "0", day_of_month="1", month_of_year="1")
    assert latest_due(first, datetime(2027, 1, 1, 9, tzinfo=UTC)) == datetime(2027, 1, 1, 9, tzinfo=UTC)
    assert latest_due(first, datetime(2027, 1, 1, 8, 59, tzinfo=UTC)) == datetime(2026, 1, 1, 8, tzinfo=UTC)
    leap = schedule("9", "0", day_of_month="29", month_of_year="2")
    assert latest_due(leap, datetime(2027, 1, 1, tzinfo=UTC)) == datetime(2024, 2, 29, 8, tzinfo=UTC)


def test_a_job_several_times_an_hour_is_frequent():
    assert is_frequent(schedule("*", "*"))
    assert is_frequent(schedule("*", "*/5"))
    assert not is_frequent(schedule("*", "5"))
    assert not is_frequent(schedule("23", "0"))
    frequent = {name for name, job in JOBS.items() if job.schedule.is_frequent}
    assert frequent == {
        name for name, job in JOBS.items() if is_frequent(schedule(job.schedule.hour, job.schedule.minute))
    }
    assert frequent >= {"deliver", "poll_payments"}
