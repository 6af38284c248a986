"""Days as people in Morocco see them. Python's zone data cut them: PostgreSQL's own may be an hour wrong (leadsmarket.W001)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_FIRST_YEAR = 2019
"""Nothing happened before."""
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
        return cls(date(_FIRST_YEAR, 1, 1), last)

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

    def previous(self) -> Self:
        """Return the period to compare with: the month before for a whole month, else as many days just before."""
        before = self.first - ONE_DAY
        if self == type(self).of_month(self.first):
            return type(self).of_month(before)
        return type(self)(before - (self.last - self.first), before)


def start_of(day: date) -> datetime:
    """Return the moment (UTC) at which a local day begins. Where an hour happens twice at midnight: the earlier one."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone()).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Offsets:
    """From which moments (UTC, ascending) local time is how far ahead of UTC: what SQL needs to cut days as Python does."""

    since: list[datetime]
    ahead: list[timedelta]


def zone_offsets() -> Offsets:
    """Return the offsets of the platform's zone up to the end of next year."""
    return _offsets_until(timezone.now().year + 2)


@lru_cache(maxsize=4)
def _offsets_until(year: int) -> Offsets:
    zone = timezone.get_default_timezone()

    def ahead_at(moment: datetime) -> timedelta:
        return zone.utcoffset(moment.astimezone(zone)) or timedelta(0)

    moment, end = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(year, 1, 1, tzinfo=UTC)
    offsets = Offsets([moment], [ahead_at(moment)])
    # No two changes lie within ten days: the shortest break, Ramadan, is a month.
    while (step := moment + timedelta(days=10)) < end:
        if ahead_at(step) != offsets.ahead[-1]:
            offsets.since.append(_change_between(moment, step, ahead_at))
            offsets.ahead.append(ahead_at(step))
        moment = step
    return offsets


def _change_between(before: datetime, after: datetime, ahead_at) -> datetime:  # noqa: ANN001
    """Return the whole second from which the offset is that of `after`."""
    new = ahead_at(after)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ahead_at(datetime.fromtimestamp(middle, UTC)) == new else (middle, high)
    return datetime.fromtimestamp(high, UTC)
