"""The CSV of a merchant's leads, formatted and guarded, beside PostgreSQL's COPY of the same rows (goal: quality.md, "Speed").

Says on the error output how soon the first rows came and how much the process grew from the first piece to the last.
"""

import resource
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connections

from bench.measure import Comparison, compare
from bench.world import bench_database
from leads.exports import MERCHANT_LEADS
from leads.selectors.leads import merchant_leads
from leadsmarket.lib.actor import Actor, acting_as
from leadsmarket.lib.exports import OFFICE_FORMATS, csv_response

SIZES = (100_000, 1_000_000)
GOAL = 1 / 3.5
"""At most 3.5 times as long as the raw copy."""


def run(*, rounds: int, seconds: int) -> list[Comparison]:
    """Compare whole files; a round takes as long as it takes, so `seconds` says nothing here."""
    return [_of_size(size, rounds) for size in SIZES]


def _of_size(size: int, rounds: int) -> Comparison:
    # The first half of the world's leads is one merchant's.
    with bench_database(merchants=2, leads=2 * size):
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE leads")
            cursor.execute("SELECT merchant_id, count(*) FROM leads GROUP BY 1 ORDER BY 2 DESC LIMIT 1")
            merchant_id, found = cursor.fetchone()
        _report(merchant_id)
        return compare(
            f"CSV of {found:,} leads, rows per second",
            candidate=lambda: found / _timed(_pieces(merchant_id)),
            floor=lambda: found / _timed(_raw_pieces(merchant_id)),
            goal=GOAL,
            rounds=rounds,
        )


def _timed(pieces: Iterator[Any]) -> float:
    started = perf_counter()
    for _piece in pieces:
        pass
    return perf_counter() - started


def _pieces(merchant_id: UUID) -> Iterator[bytes]:
    actor = Actor("merchant", merchant_id=merchant_id)
    with acting_as(actor):
        leads = merchant_leads(merchant_id).select_related(None).order_by("-created_at", "-id")
        response = csv_response(leads, MERCHANT_LEADS, actor=actor, name="leads", layout=OFFICE_FORMATS["fr"])
    return iter(response.streaming_content)


def _raw_pieces(merchant_id: UUID) -> Iterator[memoryview]:
    connections["owner"].ensure_connection()
    with (
        connections["owner"].connection.cursor() as cursor,
        cursor.copy("COPY (SELECT * FROM leads WHERE merchant_id = %s) TO STDOUT (FORMAT csv)", [merchant_id]) as copy,
    ):
        yield from copy


def _report(merchant_id: UUID) -> None:
    started, pieces = perf_counter(), _pieces(merchant_id)
    next(pieces)
    heading = perf_counter() - started
    next(pieces)
    rows = perf_counter() - started
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _piece in pieces:
        pass
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"heading after {heading * 1000:.0f} ms, first rows after {rows * 1000:.0f} ms, memory +{grown:.1f} MB",
        file=sys.stderr,
    )
