"""How far local time is ahead of UTC, for SQL that cuts days or writes local times: PostgreSQL's own zone data may be an hour
wrong (leadsmarket.W001), so Python's are given to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.utils import timezone

FIRST_YEAR = 2019
"""Nothing happened before."""


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

    moment, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(year, 1, 1, tzinfo=UTC)
    offsets = Offsets([moment], [ahead_at(moment)])
    # No two changes lie within ten days: the shortest break, Ramadan, is a month.
    while (step := moment + timedelta(days=10)) < end:
        if ahead_at(step) != offsets.ahead[-1]:
            offsets.since.append(_change_between(moment, step, ahead_at))
            offsets.ahead.append(ahead_at(step))
        moment = step
    return offsets


def _change_between(before: datetime, after: datetime, ahead_at: Callable[[datetime], timedelta]) -> datetime:
    """Return the whole second from which the offset is that of `after`."""
    new = ahead_at(after)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ahead_at(datetime.fromtimestamp(middle, UTC)) == new else (middle, high)
    return datetime.fromtimestamp(high, UTC)


def local_time_sql(moment: str) -> tuple[str, list[datetime | timedelta]]:
    """Return SQL for the local time (without zone) of a timestamptz expression, and its parameters.

    The latest offset comes first: most rows are met by the first comparison.
    """
    offsets = zone_offsets()
    pairs = [*zip(offsets.since, offsets.ahead, strict=True)][::-1]
    cases = " ".join(f"WHEN {moment} >= %s THEN %s" for _since, _ahead in pairs[:-1])
    parameters = [part for pair in pairs[:-1] for part in pair]
    return f"({moment} AT TIME ZONE 'UTC' + CASE {cases} ELSE %s END)", [*parameters, pairs[-1][1]]
