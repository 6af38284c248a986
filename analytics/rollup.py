"""Keeps the rollups: adds what happened since the last run. The only code that writes them; see docs/figures.md."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from analytics.models import DEPOSIT_MEASURES, LEAD_MEASURES, SCOPE_FIELDS, DepositDay, LeadDay, RollupState
from analytics.periods import zone_offsets
from leadsmarket.lib.actor import SYSTEM, acting_as

Scope = LeadDay.Scope

MARGIN = timedelta(minutes=10)
"""What is younger stays outside: transactions carry the time at which they began, and clocks of machines differ."""
CLOCK_DIFFERENCE = timedelta(minutes=1)

SCOPES = {
    Scope.PLATFORM: (),
    Scope.SOURCE: ("source",),
    Scope.MERCHANT: ("merchant_id",),
    Scope.MERCHANT_CAMPAIGN: ("merchant_id", "campaign_id"),
    Scope.MERCHANT_SOURCE: ("merchant_id", "source"),
    Scope.MERCHANT_INFLUENCER: ("merchant_id", "influencer_id"),
    Scope.CAMPAIGN_SOURCE: ("merchant_id", "campaign_id", "source"),
    Scope.CAMPAIGN_INFLUENCER: ("merchant_id", "campaign_id", "influencer_id"),
    Scope.INFLUENCER: ("influencer_id",),
    Scope.INFLUENCER_SOURCE: ("influencer_id", "source"),
}
"""Which fields each scope of LeadDay fills."""


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What a run added: changed rows, and up to when the rollups are complete now (None: nothing to begin with)."""

    lead_days: int
    deposit_days: int
    folded_until: datetime | None


def roll_up(*, until: datetime | None = None, clock_difference: timedelta = CLOCK_DIFFERENCE) -> FoldResult:
    """Add what happened before `until` (by default MARGIN ago) to the rollups, in one transaction.

    Never further than the oldest transaction that is still running, which may yet write something of before. Work grows with
    what happened since the last run. Runs at once take turns; the second finds nothing left. Nobody else waits.
    """
    with acting_as(SYSTEM), connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        return _fold(cursor, until or timezone.now() - MARGIN, clock_difference)


def rebuild(*, using: str = DEFAULT_DB_ALIAS) -> FoldResult:
    """Count everything again from the first lead on: after rows of the past were loaded, or to repair a difference.

    Reads all leads and movements. On another log-in than the default one the caller is who may write (the tables' owner).
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        if using != DEFAULT_DB_ALIAS:
            return _rebuild(cursor)
        with acting_as(SYSTEM):
            return _rebuild(cursor)


def _rebuild(cursor: CursorWrapper) -> FoldResult:
    _lock_state(cursor)
    cursor.execute(f"DELETE FROM {LeadDay._meta.db_table}")
    cursor.execute(f"DELETE FROM {DepositDay._meta.db_table}")
    cursor.execute(f"UPDATE {RollupState._meta.db_table} SET folded_until = '-infinity'")
    return _fold(cursor, timezone.now() - MARGIN, CLOCK_DIFFERENCE)


def _fold(cursor: CursorWrapper, until: datetime, clock_difference: timedelta) -> FoldResult:
    _lock_state(cursor)
    # The state is read as text of the database: '-infinity' is no moment of Python.
    cursor.execute(
        "SELECT folded_until::text, new_until, new_until > folded_until FROM analytics_rollupstate,"
        " LATERAL (SELECT least(%s, clock_timestamp(), oldest_transaction_at() - %s) AS new_until) AS n",
        [until, clock_difference],  # type: ignore[list-item]  # written as an interval
    )
    folded_until, new_until, is_later = cursor.fetchone()
    if not is_later:
        return FoldResult(0, 0, None if folded_until == "-infinity" else datetime.fromisoformat(folded_until))
    offsets = zone_offsets()
    window = [folded_until, new_until, offsets.since, offsets.ahead]
    cursor.execute(_FOLD_LEADS, window)
    lead_days = cursor.rowcount
    cursor.execute(_FOLD_DEPOSITS, window)
    deposit_days = cursor.rowcount
    cursor.execute("UPDATE analytics_rollupstate SET folded_until = %s", [new_until])
    return FoldResult(lead_days, deposit_days, new_until)


def _lock_state(cursor: CursorWrapper) -> None:
    cursor.execute(
        "INSERT INTO analytics_rollupstate (id, folded_until) VALUES (1, '-infinity') ON CONFLICT DO NOTHING"
    )
    cursor.execute("SELECT FROM analytics_rollupstate FOR UPDATE")


def sums_of(measures: tuple[str, ...], prefix: str = "") -> str:
    """Return the columns that add the measures up, each under its own name."""
    return ", ".join(f"sum({prefix}{name}) AS {name}" for name in measures)


def _additions(table: str, measures: tuple[str, ...]) -> str:
    """An empty cell stays empty where nothing is added: most cells are, and cost no room."""
    return ", ".join(
        f"{name} = coalesce({table}.{name} + EXCLUDED.{name}, {table}.{name}, EXCLUDED.{name})" for name in measures
    )


def _scope_cases() -> str:
    """GROUPING tells by bits which fields a row was grouped over instead of by, the first field being the highest."""
    cases = []
    for scope, fields in SCOPES.items():
        bits = int("".join("0" if field in fields else "1" for field in SCOPE_FIELDS), 2)
        cases.append(f"WHEN {bits} THEN '{scope}'")
    return f"CASE GROUPING({', '.join(SCOPE_FIELDS)}) {' '.join(cases)} END"


_DIMENSIONS = ", ".join(SCOPE_FIELDS)
_GROUPING_SETS = ", ".join(f"({', '.join(('is_month', 'day', *fields))})" for fields in SCOPES.values())
EACH_SPAN = "CROSS JOIN LATERAL (VALUES (false, {day}), (true, date_trunc('month', {day})::date)) AS s (is_month, day)"
"""Each row twice: for its day, and for its month."""

_FOLD_LEADS = f"""
WITH finest AS MATERIALIZED (
    SELECT s.is_month, s.day, {_DIMENSIONS}, {sums_of(LEAD_MEASURES)}
    FROM lead_deltas(%s::timestamptz, %s, %s::timestamptz[], %s::interval[]) AS d {EACH_SPAN.format(day="d.day")}
    GROUP BY s.is_month, s.day, {_DIMENSIONS}
)
INSERT INTO analytics_leadday (scope, is_month, day, {_DIMENSIONS}, {", ".join(LEAD_MEASURES)})
SELECT {_scope_cases()}, is_month, day, {_DIMENSIONS}, {sums_of(LEAD_MEASURES)}
FROM finest
GROUP BY GROUPING SETS ({_GROUPING_SETS})
ON CONFLICT (merchant_id, scope, is_month, day, campaign_id, influencer_id, source)
DO UPDATE SET {_additions("analytics_leadday", LEAD_MEASURES)}
"""

_FOLD_DEPOSITS = f"""
INSERT INTO analytics_depositday (day, deposit_id, merchant_id, {", ".join(DEPOSIT_MEASURES)})
SELECT day, deposit_id, merchant_id, {sums_of(DEPOSIT_MEASURES)}
FROM deposit_deltas(%s::timestamptz, %s, %s::timestamptz[], %s::interval[])
GROUP BY GROUPING SETS ((day, deposit_id, merchant_id), (day))
ON CONFLICT (deposit_id, day, merchant_id)
DO UPDATE SET {_additions("analytics_depositday", DEPOSIT_MEASURES)}
"""
