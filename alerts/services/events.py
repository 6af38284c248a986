"""Events: one small row with the change itself; a worker tells everybody concerned afterwards.

For what happens often, in bulk, or while a deposit is locked: nothing is rendered there, and no broker is needed.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from alerts.models import Event
from alerts.signals import events_announced
from alerts.tellers.registry import tell
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.queue import after_commit

logger = logging.getLogger(__name__)

BATCH_SIZE = 50
"""Events in one transaction."""
SWEEP_LASTS = timedelta(seconds=50)
KEPT = timedelta(days=30)
"""Told events are kept for looking things up, then deleted."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What happened, once per kind and cause. data: ids and amounts to be told as they are now. due_at: not told before."""

    kind: str
    cause: str
    merchant_id: UUID | None = None
    influencer_id: UUID | None = None
    data: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


def announce(
    kind: str,
    *,
    cause: str,
    merchant_id: UUID | None = None,
    influencer_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    due_at: datetime | None = None,
    urgent: bool = False,
) -> None:
    """Note one event in the running transaction, whoever acts; one round trip. See Announcement and announce_all."""
    announce_all([Announcement(kind, cause, merchant_id, influencer_id, data or {}, due_at)], urgent=urgent)


def announce_all(announcements: Sequence[Announcement], *, urgent: bool = False) -> int:
    """Note events in the running transaction, in one round trip; those known already are left. Returns how many are new.

    urgent: a worker is asked at once, not together with others of the same second.
    """
    if not announcements:
        return 0
    rows = [
        {
            "kind": one.kind,
            "cause": one.cause,
            "merchant_id": one.merchant_id,
            "influencer_id": one.influencer_id,
            "data": one.data,
            "due_at": one.due_at,
        }
        for one in announcements
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT announce_events(%s::jsonb)", [json.dumps(rows, cls=DjangoJSONEncoder)])
        (written,) = cursor.fetchone()
    after_commit(events_announced.send, Event, urgent=urgent)
    return written


def expand_due_events(*, limit: int = 2000) -> int:
    """Tell everybody concerned of what happened, for less than a minute; returns how many events were told.

    Safe to run twice at once: each run skips the rows of the other. One that fails is tried again later, and stops no other.
    """
    started = timezone.now()
    told = 0
    while told < limit and timezone.now() - started < SWEEP_LASTS:
        with acting_as(SYSTEM):
            events = list(
                Event.objects.filter(expanded_at=None, due_at__lte=timezone.now())
                .order_by("due_at", "id")
                .select_for_update(skip_locked=True)[:BATCH_SIZE]
            )
            told += sum(_expand(event) for event in events)
        if len(events) < BATCH_SIZE:
            break
    return told


def delete_told_events(*, batch_size: int = 5000) -> int:
    """Delete events that were told more than 30 days ago, in batches; returns how many."""
    limit = timezone.now() - KEPT
    deleted = 0
    while True:
        with acting_as(SYSTEM):
            ids = Event.objects.filter(expanded_at__lt=limit).values("pk")[:batch_size]
            batch, _by_model = Event.objects.filter(pk__in=list(ids.values_list("pk", flat=True))).delete()
        deleted += batch
        if batch < batch_size:
            return deleted


def _expand(event: Event) -> bool:
    try:
        with transaction.atomic():
            tell(event)
    except Exception as error:
        logger.exception("event %s (%s) could not be told", event.pk, event.kind)
        event.attempts += 1
        event.error = f"{type(error).__name__}: {error}"[:2000]
        event.due_at = timezone.now() + min(timedelta(minutes=2 ** min(event.attempts, 6)), timedelta(hours=1))
        event.save(update_fields=["attempts", "error", "due_at"])
        return False
    event.attempts += 1
    event.error, event.expanded_at = "", timezone.now()
    event.save(update_fields=["attempts", "error", "expanded_at"])
    return True
