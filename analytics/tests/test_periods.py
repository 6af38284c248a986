"""Periods and local days, on the days on which Morocco changed its clocks and at the turn of the year."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from analytics.periods import Period, Preset, start_of, zone_offsets

TODAY = date(2026, 3, 22)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2026-03-22", "2026-03-22"),
        ("7", "2026-03-16", "2026-03-22"),
        ("30", "2026-02-21", "2026-03-22"),
        ("90", "2025-12-23", "2026-03-22"),
        ("365", "2025-03-23", "2026-03-22"),
        ("this_month", "2026-03-01", "2026-03-22"),
        ("last_month", "2026-02-01", "2026-02-28"),
    ],
)
def test_presets(preset, first, last):
    period = Period.preset(preset, today=TODAY)

    assert (period.first, period.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert preset in Preset.values


def test_unknown_presets_and_reversed_days_are_refused():
    with pytest.raises(ValueError, match="fortnight"):
        Period.preset("fortnight")
    with pytest.raises(ValueError, match="a period ends"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (("2026-03-16", "2026-03-22"), ("2026-03-09", "2026-03-15")),
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        (("2026-01-01", "2026-01-31"), ("2025-12-01", "2025-12-31")),
        (("2026-01-01", "2026-01-01"), ("2025-12-31", "2025-12-31")),
    ],
)
def test_the_period_before(period, before):
    dates = [date.fromisoformat(day) for day in (*period, *before)]

    assert Period(dates[0], dates[1]).previous() == Period(dates[2], dates[3])


@pytest.mark.parametrize(
    ("period", "months"),
    [
        (("2026-01-01", "2026-03-31"), ("2026-01-01", "2026-03-31")),
        (("2025-12-31", "2026-03-30"), ("2026-01-01", "2026-02-28")),
        (("2026-01-02", "2026-02-27"), None),
        (("2025-12-02", "2026-02-01"), ("2026-01-01", "2026-01-31")),
        (("2026-02-28", "2026-02-28"), None),
    ],
)
def test_whole_months_of_a_period(period, months):
    first, last = map(date.fromisoformat, period)

    assert Period(first, last).whole_months() == (months and Period(*map(date.fromisoformat, months)))


@pytest.mark.parametrize(
    ("day", "hours", "starts"),
    [
        ("2026-02-15", 25, "2026-02-14T23:00:00+00:00"),
        ("2026-03-22", 23, "2026-03-22T00:00:00+00:00"),
        ("2026-09-20", 25, "2026-09-19T23:00:00+00:00"),
        ("2026-11-20", 24, "2026-11-20T00:00:00+00:00"),
        ("2026-01-01", 24, "2025-12-31T23:00:00+00:00"),
    ],
)
def test_days_last_as_long_as_they_do_in_morocco(day, hours, starts):
    period = Period(date.fromisoformat(day), date.fromisoformat(day))

    assert period.starts_at == datetime.fromisoformat(starts)
    assert period.ends_at - period.starts_at == timedelta(hours=hours)


def test_sql_cuts_every_day_of_eight_years_as_python_does(db):
    offsets = zone_offsets()
    days = Period(date(2019, 1, 1), date(2026, 12, 31)).days
    edges = [start_of(day) for day in days]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT local_day(at, %s::timestamptz[], %s::interval[]),"
            " local_day(at - interval '1 second', %s::timestamptz[], %s::interval[])"
            " FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS e (at, n) ORDER BY n",
            [offsets.since, offsets.ahead, offsets.since, offsets.ahead, edges],
        )
        found = cursor.fetchall()

    assert [row[0] for row in found] == days
    assert [row[1] for row in found][1:] == days[:-1]


def test_recent_rows_are_found_by_the_time_in_their_ids(db):
    moment = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_id_at(%s), first_id_at('-infinity'), first_id_at('infinity') > new_id()", [moment])
        found, first, above = cursor.fetchone()
        cursor.execute(
            "SELECT first_id_at(now() - interval '1 second') < new_id(), first_id_at(now() + interval '1 h') > new_id()"
        )
        assert cursor.fetchone() == (True, True)

    assert (found.int >> 80, first.int, above) == (int(moment.timestamp() * 1000), 0, True)
