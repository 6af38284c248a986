"""When a phone may ring: both sides of each edge, over midnight, and on the days on which Morocco moved its clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.models import NotificationProfile
from alerts.routes import end_of_quiet_hours

CASABLANCA = ZoneInfo("Africa/Casablanca")


def profile(quiet_from: str, quiet_until: str) -> NotificationProfile:
    return NotificationProfile(quiet_from=time.fromisoformat(quiet_from), quiet_until=time.fromisoformat(quiet_until))


def at(text: str) -> datetime:
    """A moment, by the clock of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("2026-11-20 20:59:59", None),
        ("2026-11-20 21:00:00", "2026-11-21 08:00"),
        ("2026-11-20 21:00:00.000001", "2026-11-21 08:00"),
        ("2026-11-20 23:59:59.999999", "2026-11-21 08:00"),
        ("2026-11-21 00:00:00", "2026-11-21 08:00"),
        ("2026-11-21 07:59:59.999999", "2026-11-21 08:00"),
        ("2026-11-21 08:00:00", None),
        ("2026-12-31 22:00:00", "2027-01-01 08:00"),
    ],
)
@pytest.mark.parametrize("chosen", [None, profile("21:00", "08:00")])
def test_the_night_is_silent_from_nine_to_eight_unless_chosen_otherwise(clock, until, chosen):
    # Casablanca is on UTC all year since 2026-09-20.
    assert end_of_quiet_hours(chosen, at(clock)) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("2026-11-20 12:29:59.999999", None),
        ("2026-11-20 12:30:00", "2026-11-20 14:15"),
        ("2026-11-20 14:14:59.999999", "2026-11-20 14:15"),
        ("2026-11-20 14:15:00", None),
        ("2026-11-20 23:00:00", None),
    ],
)
def test_quiet_hours_may_lie_within_a_day(clock, until):
    assert end_of_quiet_hours(profile("12:30", "14:15"), at(clock)) == (at(until) if until else None)


@pytest.mark.parametrize("clock", ["00:00", "07:00", "21:00", "23:59"])
def test_equal_times_are_no_quiet_hours(clock):
    assert end_of_quiet_hours(profile("21:00", "21:00"), at(f"2026-11-20 {clock}")) is None


@pytest.mark.parametrize(
    ("clock", "until", "hours"),
    [
        # 2026-02-15 has 25 hours: at 03:00 (UTC+1) the clocks go back to 02:00 (UTC).
        ("2026-02-14 20:00", "2026-02-15 08:00", 12),
        ("2026-02-15 01:30", "2026-02-15 08:00", 6.5),
        ("2026-02-15 02:30", "2026-02-15 08:00", 5.5),
        # 2026-03-22 has 23 hours: at 02:00 (UTC) they go on to 03:00 (UTC+1).
        ("2026-03-21 21:00", "2026-03-22 07:00", 10),
        ("2026-03-22 01:59:59", "2026-03-22 07:00", 5 + 1 / 3600),
        ("2026-03-22 02:00", "2026-03-22 07:00", 5),
        # 2026-09-20 has 25 hours: the hour before 02:00 comes twice, and Morocco stays on UTC.
        ("2026-09-19 20:00", "2026-09-20 08:00", 12),
        ("2026-09-20 00:30", "2026-09-20 08:00", 7.5),
        ("2026-09-20 01:30", "2026-09-20 08:00", 6.5),
    ],
)
def test_eight_in_the_morning_is_eight_by_the_clock_of_that_day(clock, until, hours):
    now = at(clock)
    end = end_of_quiet_hours(None, now)
    assert end == at(until)
    assert end.astimezone(CASABLANCA).strftime("%H:%M") == "08:00"
    assert end - now == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [
        # 21:00 in Casablanca: 20:00 UTC until 2026-02-15 and from 2026-03-22 on, 21:00 UTC in between and since 2026-09-20.
        ("2026-02-14 19:59:59", False),
        ("2026-02-14 20:00:00", True),
        ("2026-02-15 20:59:59", False),
        ("2026-02-15 21:00:00", True),
        ("2026-03-21 20:59:59", False),
        ("2026-03-21 21:00:00", True),
        ("2026-03-22 19:59:59", False),
        ("2026-03-22 20:00:00", True),
        ("2026-09-19 19:59:59", False),
        ("2026-09-19 20:00:00", True),
        ("2026-09-20 20:59:59", False),
        ("2026-09-20 21:00:00", True),
    ],
)
def test_nine_in_the_evening_is_nine_by_the_clock_of_that_day(clock, is_quiet):
    assert (end_of_quiet_hours(None, at(clock)) is not None) == is_quiet


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        # 02:30 comes twice on 2026-02-15: quiet until the first of them; the second 02:00 to 02:30 is quiet again.
        ("2026-02-15 01:29", "2026-02-15 01:30"),
        ("2026-02-15 01:45", None),
        # 02:30 never comes on 2026-03-22: who sleeps until then is woken when the clock has passed it.
        ("2026-03-22 01:30", "2026-03-22 02:30"),
        ("2026-03-22 02:00", None),
    ],
)
def test_an_edge_within_the_hour_that_moves(clock, until):
    end = end_of_quiet_hours(profile("23:00", "02:30"), at(clock))
    # As it is stored: Python calls times of an hour that comes twice equal to no other zone's.
    assert (end and end.astimezone(UTC)) == (at(until) if until else None)
