"""Days as people in Morocco see them. Python's zone data cut them: PostgreSQL's own may be an hour wrong (leadsmarket.W001)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from leadsmarket.lib.zone import FIRST_YEAR
from leadsmarket.lib.zone import zone_offsets as zone_offsets  # days and offsets belong together

ONE_DAY = timedelta(days=1)


class Preset(models.TextChoices):
    """The periods that pages offer by name."""

    TODAY = "today", pgettext_lazy("period", "Today")
    DAYS_7 = "7", _("Last 7 days")
    DAYS_30 = "30", _("Last 30 days")
    DAYS_90 = "90", _("Last 90 days")
    DAYS_365 = "365", _("Last 365 days")
    THIS_MONTH = "this_month", pgettext_lazy("period", "This month")
    LAST_MONTH = "last_month", pgettext_lazy("period", "Last month")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days (Africa/Casablanca), `first` to `last`, both included. A day has 23, 24 or 25 hours."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends on the day on which it begins, or later")

    @classmethod
    def last_days(cls, days: int, *, today: date | None = None) -> Self:
        """Return the last `days` local days, today (unfinished) being the last of them."""
        last = today or timezone.localdate()
        return cls(last - timedelta(days=days - 1), last)

    @classmethod
    def until(cls, last: date) -> Self:
        """Return all days up to `last`."""
        return cls(date(FIRST_YEAR, 1, 1), last)

    @classmethod
    def of_month(cls, day: date) -> Self:
        """Return the calendar month of a day, whole, also where it is not over."""
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=32)).replace(day=1) - ONE_DAY)

    @classmethod
    def preset(cls, preset: str, *, today: date | None = None) -> Self:
        """Return a period of `Preset`, seen from `today`. This month ends today. Raises ValueError for another name."""
        day = today or timezone.localdate()
        match Preset(preset):
            case Preset.THIS_MONTH:
                return cls(day.replace(day=1), day)
            case Preset.LAST_MONTH:
                return cls.of_month(day.replace(day=1) - ONE_DAY)
            case Preset.TODAY:
                return cls(day, day)
            case days:
                return cls.last_days(int(days.value), today=day)

    @classmethod
    def yesterday(cls, *, today: date | None = None) -> Self:
        """Return the last local day that is over: what the daily reports are about."""
        day = (today or timezone.localdate()) - ONE_DAY
        return cls(day, day)

    @property
    def day_count(self) -> int:
        """How many days, at least 1."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        """Each day, in order."""
        return [self.first + timedelta(days=number) for number in range(self.day_count)]

    @property
    def starts_at(self) -> datetime:
        """The first moment (UTC)."""
        return start_of(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the period (UTC)."""
        return start_of(self.last + ONE_DAY)

    def whole_months(self) -> Self | None:
        """Return the calendar months that lie in the period as a whole, or None."""
        first = self.first if self.first.day == 1 else (self.first.replace(day=1) + timedelta(days=32)).replace(day=1)
        after = self.last + ONE_DAY
        last = after.replace(day=1) - ONE_DAY
        return type(self)(first, last) if first <= last else None

    def previous(self) -> Self:
        """Return the period to compare with: the month before for a whole month, else as many days just before."""
        before = self.first - ONE_DAY
        if self == type(self).of_month(self.first):
            return type(self).of_month(before)
        return type(self)(before - (self.last - self.first), before)


def start_of(day: date) -> datetime:
    """Return the moment (UTC) at which a local day begins. Where an hour happens twice at midnight: the earlier one."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone()).astimezone(UTC)
