"""When a job is due by its schedule: moments of local time, also on the days of 23 and 25 hours."""

from datetime import UTC, date, datetime, time, timedelta

from celery.schedules import crontab
from django_celery_beat.models import PeriodicTask

FARTHEST_BACK = timedelta(days=4 * 366 + 1)
"""A schedule for the 29th of February has a moment within this time, except around 2100."""
CLOCKS_DIFFER_BY = timedelta(seconds=30)
"""The clock of the machine that runs a job may be this late behind that of the machine where beat sent it."""


def due_moment(name: str, now: datetime) -> datetime | None:
    """Return the moment of its schedule that a run of a job starting now serves; None where it has no times of day.

    A tick that comes early by our clock serves the moment it was sent for.
    """
    row = PeriodicTask.objects.select_related("crontab").filter(name=name, crontab__isnull=False).first()
    return latest_due(row, now + CLOCKS_DIFFER_BY) if row else None


def latest_due(row: PeriodicTask, now: datetime) -> datetime | None:
    """Return the last moment (UTC) until now, at which the times of day of a schedule were met.

    A time that the clocks skip counts when they have gone on; one that comes twice counts the first time, but for jobs of every
    hour, which are due in each of the two hours.
    """
    schedule = row.crontab.schedule
    today = now.astimezone(row.crontab.timezone).date()
    for days in range(FARTHEST_BACK.days):
        day = today - timedelta(days=days)
        if _is_on(schedule, day):
            passed = [moment for moment in _moments(row, schedule, day) if moment <= now]
            if passed:
                return max(passed)
    return None


def is_frequent(row: PeriodicTask) -> bool:
    """Say whether a schedule is met several times an hour: the next run is so near that a missed one is not caught up."""
    return len(row.crontab.schedule.minute) > 1


def _is_on(schedule: crontab, day: date) -> bool:
    return (
        day.month in schedule.month_of_year
        and day.day in schedule.day_of_month
        and day.isoweekday() % 7 in schedule.day_of_week
    )


def _moments(row: PeriodicTask, schedule: crontab, day: date) -> set[datetime]:
    folds = (0, 1) if len(schedule.hour) == 24 else (0,)
    return {
        datetime.combine(day, time(hour, minute, tzinfo=row.crontab.timezone, fold=fold)).astimezone(UTC)
        for hour in schedule.hour
        for minute in schedule.minute
        for fold in folds
    }
