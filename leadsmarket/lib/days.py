"""Days of the platform's time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from django.utils import timezone


def start_of_day(day: date, *, days_later: int = 0) -> datetime:
    """Return the first moment of a day in Casablanca, or of one some days later (a day can have 23 or 25 hours)."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=days_later), time.min))


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of the platform's time zone, written `2026-10`."""

    first: date

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month of a day."""
        return cls(day.replace(day=1))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `2026-10`; None where it is no month."""
        if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
            return None
        return cls(date.fromisoformat(f"{text}-01"))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next().first - timedelta(days=1)

    @property
    def starts_at(self) -> datetime:
        """Its first moment."""
        return start_of_day(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return start_of_day(self.next().first)

    def next(self) -> Self:
        """Return the month after."""
        return type(self).of(self.first + timedelta(days=32))

    def before(self) -> Self:
        """Return the month before."""
        return type(self).of(self.first - timedelta(days=1))
