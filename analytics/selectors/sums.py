"""Reads sums of the rollups, plus what happened since they were last brought up to date: one statement, one moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from analytics.models import DEPOSIT_MEASURES, LEAD_MEASURES, SCOPE_FIELDS
from analytics.periods import Period, zone_offsets
from analytics.rollup import SCOPES, Scope, sums_of

Sums = Sequence[Any]
"""The measures of a row in their order (LEAD_MEASURES, DEPOSIT_MEASURES); null is none."""


@dataclass(frozen=True, slots=True)
class LeadScope:
    """Whose leads are counted: those that agree with each field that is given; without any, the platform's.

    Row security stands behind it: a merchant or an influencer who asks for another's leads counts none.
    """

    merchant_id: UUID | None = None
    campaign_id: UUID | None = None
    influencer_id: UUID | None = None
    source: str | None = None

    @property
    def given(self) -> dict[str, UUID | str]:
        """The fields that restrict, by name."""
        return {name: getattr(self, name) for name in SCOPE_FIELDS if getattr(self, name) is not None}


PLATFORM = LeadScope()


def lead_sums(
    scope: LeadScope, period: Period | None, by: Iterable[str] = ()
) -> dict[tuple[UUID | str | date, ...], Sums]:
    """Return the sums of analytics.models.LeadDay's measures, one row for each value of `by`; a row of nulls has nothing.

    by: `day` and up to two of merchant_id, campaign_id, influencer_id, source. period None: ever. One query, whose work
    grows with the days and values, not with the leads. Raises ValueError where no rollup fits (three restrictions or more
    other than merchant, campaign and influencer).
    """
    keys = tuple(by)
    fields = {*scope.given, *(key for key in keys if key != "day")}
    kept = _smallest_scope(fields)
    where, parameters = _restrictions(scope, kept)
    days, day_parameters = _days(period)
    spans, span_parameters = _single_days(period) if "day" in keys else _spans(period)
    offsets = zone_offsets()
    columns = ", ".join((*keys, *LEAD_MEASURES))
    sql = (
        f"SELECT {', '.join((*keys, sums_of(LEAD_MEASURES)))} FROM ("
        f"SELECT {columns} FROM analytics_leadday WHERE scope = '{kept}'{_absent(kept)}{where}{spans}"
        f" UNION ALL SELECT {columns} FROM lead_deltas_since_fold(%s, %s, %s::timestamptz[], %s::interval[])"
        f" WHERE true{where}{days}) AS d {_grouped(keys)}"
    )
    since_fold = [scope.merchant_id, scope.influencer_id, offsets.since, offsets.ahead]
    return _rows(sql, [*parameters, *span_parameters, *since_fold, *parameters, *day_parameters], len(keys))


def deposit_sums(
    *, merchant_id: UUID | None = None, deposit_id: UUID | None = None, period: Period | None, by: Iterable[str] = ()
) -> dict[tuple[UUID | date, ...], Sums]:
    """Return the sums of analytics.models.DepositDay's measures: of a deposit, of a merchant's deposits, or of all.

    by: `day`, `deposit_id`, `merchant_id`. period None: ever. One query.
    """
    keys = tuple(by)
    where, parameters = "", []
    for name, value in (("merchant_id", merchant_id), ("deposit_id", deposit_id)):
        if value is not None:
            where += f" AND {name} = %s"
            parameters.append(value)
    kept = "deposit_id IS NOT NULL" if where or {*keys} - {"day"} else "deposit_id IS NULL AND merchant_id IS NULL"
    days, day_parameters = _days(period)
    offsets = zone_offsets()
    columns = ", ".join((*keys, *DEPOSIT_MEASURES))
    sql = (
        f"SELECT {', '.join((*keys, sums_of(DEPOSIT_MEASURES)))} FROM ("
        f"SELECT {columns} FROM analytics_depositday WHERE {kept}{where}{days}"
        f" UNION ALL SELECT {columns} FROM deposit_deltas_since_fold(%s, %s, %s::timestamptz[], %s::interval[])"
        f" WHERE true{where}{days}) AS d {_grouped(keys)}"
    )
    since_fold = [merchant_id, deposit_id, offsets.since, offsets.ahead]
    return _rows(sql, [*parameters, *day_parameters, *since_fold, *parameters, *day_parameters], len(keys))


def _smallest_scope(fields: set[str]) -> Scope:
    fitting = [(len(filled), scope) for scope, filled in SCOPES.items() if fields <= {*filled}]
    if not fitting:
        raise ValueError(f"no rollup by {', '.join(sorted(fields))}")
    return min(fitting)[1]


def _restrictions(scope: LeadScope, kept: Scope) -> tuple[str, list[UUID | str]]:
    # In the order of the index.
    given = {name: value for name, value in scope.given.items() if name in SCOPES[kept]}
    return "".join(f" AND {name} = %s" for name in given), [*given.values()]


def _absent(kept: Scope) -> str:
    """The index begins with the merchant: say so where there is none."""
    return "" if "merchant_id" in SCOPES[kept] else " AND merchant_id IS NULL"


def _days(period: Period | None) -> tuple[str, list[date]]:
    return ("", []) if period is None else (" AND day BETWEEN %s AND %s", [period.first, period.last])


def _single_days(period: Period | None) -> tuple[str, list[date]]:
    days, parameters = _days(period)
    return f" AND NOT is_month{days}", parameters


def _spans(period: Period | None) -> tuple[str, list[date]]:
    """The rows that make a period up: whole months where they lie in it, and the days before and after them."""
    if period is None:
        return " AND is_month", []
    months = period.whole_months()
    if months is None:
        return _single_days(period)
    rows = (
        " AND (is_month AND day BETWEEN %s AND %s"
        " OR NOT is_month AND (day >= %s AND day < %s OR day > %s AND day <= %s))"
    )
    return (
        rows,
        [months.first, months.last, period.first, months.first, months.last, period.last],
    )


def _grouped(keys: tuple[str, ...]) -> str:
    return f"GROUP BY {', '.join(keys)} ORDER BY {', '.join(keys)}" if keys else ""


def _rows(sql: str, parameters: list[Any], key_count: int) -> dict[tuple[Any, ...], Sums]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[:key_count]: row[key_count:] for row in cursor.fetchall()}


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return part / whole, or None where the whole is nothing (or less: more was returned than spent)."""
    return Decimal(part) / Decimal(whole) if whole > 0 else None


def percentage(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return part / whole x 100, not rounded; None where the whole is nothing."""
    return Decimal(100 * part) / Decimal(whole) if whole > 0 else None
