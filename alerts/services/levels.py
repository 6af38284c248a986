"""Alert levels of deposits: announced once when they get worse, lowered in silence by a recharge."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from alerts.kinds import Kind
from alerts.services.events import Announcement, announce_all
from leadsmarket.lib.actor import SYSTEM, acting_as

BATCH_SIZE = 1000
FIRST = UUID(int=0)


def check_deposit_levels(deposit_ids: Sequence[UUID] | None = None) -> int:
    """Announce every alert level that got worse since the last look; returns how many deposits.

    deposit_ids: only these, right after a movement, in its transaction. None: all, in one set-based pass that touches only the
    deposits whose level changed, in batches of their own transactions. A level that got better is remembered in silence, so
    that the next fall is announced again; one that was skipped on the way down is not announced. Safe to run twice at once.
    Rule: product.md, "Alert levels".
    """
    if deposit_ids is not None:
        with acting_as(SYSTEM):
            return _announce_worse(deposit_ids)
    announced, last = 0, FIRST
    while True:
        with acting_as(SYSTEM):
            batch = _of_other_level(last)
            announced += _announce_worse(batch) if batch else 0
        if len(batch) < BATCH_SIZE:
            return announced
        last = batch[-1]


def _of_other_level(after: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM deposits_of_other_level(%s, %s)", [after, BATCH_SIZE])
        return [deposit_id for (deposit_id,) in cursor.fetchall()]


def _announce_worse(deposit_ids: Sequence[UUID]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deposit_id, merchant_id, level, announcement, current_balance, available_balance, gauge_percentage"
            " FROM remember_deposit_levels(%s::uuid[])",
            [list(deposit_ids)],
        )
        worse = cursor.fetchall()
    announce_all(
        [
            Announcement(
                Kind.DEPOSIT_LEVEL,
                cause=f"deposit:{deposit_id}:{announcement}",
                merchant_id=merchant_id,
                data={
                    "deposit_id": deposit_id,
                    "level": level,
                    "current_balance": current_balance,
                    "available_balance": available_balance,
                    "gauge_percentage": gauge_percentage,
                },
            )
            for (
                deposit_id,
                merchant_id,
                level,
                announcement,
                current_balance,
                available_balance,
                gauge_percentage,
            ) in worse
        ],
        urgent=True,
    )
    return len(worse)
