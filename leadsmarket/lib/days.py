"""Days of the platform's time zone."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone


def start_of_day(day: date, *, days_later: int = 0) -> datetime:
    """Return the first moment of a day in Casablanca, or of one some days later (a day can have 23 or 25 hours)."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=days_later), time.min))
