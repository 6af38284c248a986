"""How long the rows of runs are kept."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from leadsmarket.lib.actor import SYSTEM, acting_as

KEPT = timedelta(days=90)
KEPT_WHERE_IDLE = timedelta(days=2)
"""Runs of a job of every few minutes that found nothing to do, which are nearly all."""
BATCH = 1000

_FORGET = """
    DELETE FROM leadsmarket_jobrun WHERE id IN (
        SELECT id FROM leadsmarket_jobrun
        WHERE status <> 'running' AND (
            started_at < %(old)s
            OR started_at < %(idle)s AND job = ANY (%(frequent)s) AND status IN ('succeeded', 'skipped')
            AND NOT EXISTS (SELECT FROM jsonb_each_text(counts) WHERE value <> '0')
        )
        ORDER BY started_at LIMIT %(batch)s
    )
"""


def forget_old_runs(frequent: Collection[str]) -> int:
    """Delete the rows of old runs in short transactions, and of idle ones of the `frequent` jobs earlier; returns how many."""
    now = timezone.now()
    values: dict[str, Any] = {
        "old": now - KEPT,
        "idle": now - KEPT_WHERE_IDLE,
        "frequent": list(frequent),
        "batch": BATCH,
    }
    forgotten = 0
    while True:
        with acting_as(SYSTEM), connection.cursor() as cursor:
            cursor.execute(_FORGET, values)
            deleted = cursor.rowcount
        forgotten += deleted
        if deleted < BATCH:
            return forgotten
