"""What must be true of the rollups: they are what the leads and movements of before the last fold add up to.

Stated from the leads as they are now, while analytics.rollup adds up what happened: two ways to the same figures.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from analytics.models import (
    DECISION_HOURS,
    DEPOSIT_MEASURES,
    LEAD_MEASURES,
    REASON_MEASURES,
    SCOPE_FIELDS,
    SCORE_MEASURES,
)
from analytics.periods import zone_offsets
from analytics.rollup import EACH_SPAN, SCOPES
from leadsmarket.lib.reconciliation import Difference

NOBODY = UUID(int=0)
"""Stands for the platform, which has no id."""
SHOWN = 100
"""Days with a difference that are told; the rest would say the same."""

_TYPES = {name: "varchar" if name == "source" else "uuid" for name in SCOPE_FIELDS}
_ACCEPTED = "l.status IN ('validated', 'converted', 'lost')"
_RETURNED = "r.status = 'accepted' AND r.decided_at < w.folded_until"
_TAKEN = "v.user_id IS NOT NULL"
_HOURS = "extract(EPOCH FROM l.decided_at - l.created_at) / 3600"

OF_CREATED = {
    "created_count": "count(*)",
    "created_validated_count": f"count(*) FILTER (WHERE l.decided_at < w.folded_until AND {_ACCEPTED})",
    "created_rejected_count": "count(*) FILTER (WHERE l.decided_at < w.folded_until AND l.status = 'rejected')",
    "created_converted_count": "count(*) FILTER (WHERE l.outcome_at < w.folded_until AND l.status = 'converted')",
    "created_lost_count": "count(*) FILTER (WHERE l.outcome_at < w.folded_until AND l.status = 'lost')",
    "estimated_amount": "sum(l.estimated_value)",
}
OF_DECIDED = {
    "validated_count": f"count(*) FILTER (WHERE {_ACCEPTED})",
    "converted_count": "count(*) FILTER (WHERE l.outcome_at < w.folded_until AND l.status = 'converted')",
    "lost_count": "count(*) FILTER (WHERE l.outcome_at < w.folded_until AND l.status = 'lost')",
    "returned_count": f"count(*) FILTER (WHERE {_RETURNED})",
    "commission_amount": f"sum(l.commission_amount) FILTER (WHERE {_ACCEPTED})",
    "influencer_amount": f"sum(l.influencer_commission_amount) FILTER (WHERE {_ACCEPTED})",
    "returned_commission_amount": f"sum(l.commission_amount) FILTER (WHERE {_RETURNED})",
    "returned_influencer_amount": f"sum(l.influencer_commission_amount) FILTER (WHERE {_RETURNED})",
    "converted_amount": (
        "sum(coalesce(l.actual_value, l.estimated_value))"
        " FILTER (WHERE l.outcome_at < w.folded_until AND l.status = 'converted')"
    ),
    **{name: f"count(*) FILTER (WHERE l.quality_score = {score})" for score, name in SCORE_MEASURES.items()},
    **{name: f"count(*) FILTER (WHERE l.rejection_reason = '{code}')" for code, name in REASON_MEASURES.items()},
    **{
        f"decided_{end}h_count": f"count(*) FILTER (WHERE {_TAKEN} AND {_HOURS} >= {start} AND {_HOURS} < {end})"
        for start, end in zip((-1, *DECISION_HOURS), DECISION_HOURS, strict=False)
    },
    "decided_later_count": f"count(*) FILTER (WHERE {_TAKEN} AND {_HOURS} >= {DECISION_HOURS[-1]})",
    "decision_seconds": f"sum(floor(extract(EPOCH FROM l.decided_at - l.created_at))) FILTER (WHERE {_TAKEN})",
}
OF_MOVEMENTS = {
    "deposited_amount": "sum(t.amount) FILTER (WHERE t.kind IN ('initial', 'recharge'))",
    "adjusted_amount": "sum(t.amount) FILTER (WHERE t.kind = 'adjustment')",
    "reserved_count": "count(*) FILTER (WHERE t.kind = 'reservation')",
    "reserved_amount": "sum(t.amount) FILTER (WHERE t.kind = 'reservation')",
    "released_amount": "sum(t.amount) FILTER (WHERE t.kind = 'release')",
    "deducted_count": "count(*) FILTER (WHERE t.kind = 'deduction')",
    "deducted_amount": "sum(t.amount) FILTER (WHERE t.kind = 'deduction')",
    "refunded_amount": "sum(t.amount) FILTER (WHERE t.kind = 'refund')",
}


def rollup_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return days on which a rollup is not what its leads or movements add up to, SHOWN of each kind at most.

    Kinds: lead_day_<scope> (object: the campaign, influencer or merchant, in this order; the platform is the nil id),
    deposit_day (object: the deposit, or nil). Reads all leads and movements. Repair: `manage.py rebuild_figures`.
    """
    return [*_lead_differences(using), *_deposit_differences(using)]


def _lead_differences(using: str) -> list[Difference]:
    zone = zone_offsets()
    keys = ("scope", "is_month", "day", *SCOPE_FIELDS)
    rows = _differing_rows(_LEADS, [zone.since, zone.ahead] * 2, len(keys), LEAD_MEASURES, using)
    differences = []
    for (scope, is_month, day, merchant_id, campaign_id, influencer_id, source), expected, found in rows:
        about = " ".join(str(part) for part in (f"{day:%Y-%m}" if is_month else day, source) if part)
        object_id = campaign_id or influencer_id or merchant_id or NOBODY
        differences.append(Difference(f"lead_day_{scope}", object_id, f"{about} {expected}", found))
    return differences


def _deposit_differences(using: str) -> list[Difference]:
    zone = zone_offsets()
    rows = _differing_rows(_DEPOSITS, [zone.since, zone.ahead], 3, DEPOSIT_MEASURES, using)
    return [
        Difference("deposit_day", deposit_id or NOBODY, f"{day} {expected}", found)
        for (day, deposit_id, _merchant_id), expected, found in rows
    ]


def _differing_rows(
    sql: str, parameters: list[Any], key_count: int, measures: Sequence[str], using: str
) -> list[tuple[tuple[Any, ...], str, str]]:
    """Return the keys of each row with a difference, and the differing measures as expected and as found."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    found = []
    for row in rows:
        expected = dict(zip(measures, row[key_count : key_count + len(measures)], strict=True))
        kept = dict(zip(measures, row[key_count + len(measures) :], strict=True))
        names = [name for name in measures if expected[name] != kept[name]]
        found.append((row[:key_count], _told(expected, names), _told(kept, names)))
    return found


def _told(values: Mapping[str, object], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {values[name]}" for name in names)


def _compared(keys: str, measures: Sequence[str], expected: str, kept: str) -> str:
    """Rows of both sides with one set of keys, where any measure differs; expected columns first."""
    sides = (
        ", ".join(f"coalesce(sum({name}) FILTER (WHERE {side}), 0)" for name in measures)
        for side in ("is_expected", "NOT is_expected")
    )
    expected_sums, kept_sums = sides
    return (
        f"SELECT {keys}, {expected_sums}, {kept_sums}"
        f" FROM (SELECT true AS is_expected, * FROM ({expected}) AS e UNION ALL SELECT false, * FROM ({kept}) AS k) AS b"
        f" GROUP BY {keys} HAVING ({expected_sums}) <> ({kept_sums}) ORDER BY day, {keys} LIMIT {SHOWN}"
    )


def _side(time: str, measures: Mapping[str, str]) -> str:
    """The leads with a `time` before the fold, by the finest scope; measures of the other side are none."""
    columns = ", ".join(f"{measures.get(name, 'NULL')} AS {name}" for name in LEAD_MEASURES)
    dimensions = ", ".join(f"l.{name}" for name in SCOPE_FIELDS)
    return (
        f"SELECT local_day(l.{time}, %s::timestamptz[], %s::interval[]) AS day, {dimensions}, {columns}"
        " FROM analytics_rollupstate AS w, leads AS l"
        " LEFT JOIN leads_leadreturn AS r ON r.lead_id = l.id"
        " LEFT JOIN lead_validation AS v ON v.lead_id = l.id AND v.decision IN ('validated', 'rejected')"
        f" WHERE l.{time} < w.folded_until GROUP BY 1, {dimensions}"
    )


def _expected_leads() -> str:
    sums = ", ".join(f"sum({name}) AS {name}" for name in LEAD_MEASURES)
    scopes = (
        f"SELECT '{scope}' AS scope, s.is_month, s.day,"
        f" {', '.join(name if name in fields else f'NULL::{_TYPES[name]} AS {name}' for name in SCOPE_FIELDS)}, {sums}"
        f" FROM finest AS f {EACH_SPAN.format(day='f.day')} GROUP BY {', '.join(('s.is_month', 's.day', *fields))}"
        for scope, fields in SCOPES.items()
    )
    return " UNION ALL ".join(scopes)


_LEAD_KEYS = ", ".join(("scope", "is_month", "day", *SCOPE_FIELDS))
_LEADS = (
    f"WITH finest AS MATERIALIZED ({_side('created_at', OF_CREATED)} UNION ALL {_side('decided_at', OF_DECIDED)}) "
    + _compared(
        _LEAD_KEYS,
        LEAD_MEASURES,
        _expected_leads(),
        f"SELECT {_LEAD_KEYS}, {', '.join(LEAD_MEASURES)} FROM analytics_leadday",
    )
)
_MOVEMENTS = ", ".join(f"{OF_MOVEMENTS[name]} AS {name}" for name in DEPOSIT_MEASURES)
_DEPOSITS = _compared(
    "day, deposit_id, merchant_id",
    DEPOSIT_MEASURES,
    "SELECT local_day(t.created_at, %s::timestamptz[], %s::interval[]) AS day, t.deposit_id, t.merchant_id,"
    f" {_MOVEMENTS} FROM analytics_rollupstate AS w, deposit_transactions AS t WHERE t.created_at < w.folded_until"
    " GROUP BY GROUPING SETS ((1, 2, 3), (1))",
    f"SELECT day, deposit_id, merchant_id, {', '.join(DEPOSIT_MEASURES)} FROM analytics_depositday",
)
