"""Webhooks: stored raw, answered at once, processed once, tried again with back-off, replayable by staff."""

import logging
import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.audit import record_audit
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import NotFound
from leadsmarket.lib.queue import after_commit
from payments.gateways import GATEWAYS, gateway_for
from payments.models import WebhookEvent
from payments.services.settlement import apply_notice

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)
"""Longer than any provider call: after it, an event whose worker died is free for another."""
GIVE_UP_AFTER = 12
Status = WebhookEvent.Status


def receive_webhook(
    *, provider: str, body: bytes, headers: dict[str, str], queue: Callable[[UUID], object]
) -> WebhookEvent:
    """Verify and store one webhook request; `queue` is called with the event's id once it is committed.

    headers: names in lower case. A repeat finds the stored event and is harmless. Raises InvalidSignature, MethodNotAvailable.
    """
    signed = gateway_for(provider).verify(body, headers)
    with acting_as(SYSTEM):
        event, created = WebhookEvent.objects.get_or_create(
            provider=provider,
            event_id=signed.event_id,
            defaults={"event_type": signed.event_type[:100], "body": body.decode("utf-8", errors="replace")},
        )
        if created or event.status in (Status.RECEIVED, Status.FAILED):
            after_commit(queue, event.pk)
    return event


def process_event(event_id: UUID) -> str:
    """Process one stored event, once, and return what was done; safe to call from several workers at once.

    What the provider must be asked is asked outside a transaction. A failure is written on the event, which is tried again
    with growing gaps and given up after GIVE_UP_AFTER attempts.
    """
    event = _claim(event_id)
    if event is None:
        return "nothing to do"
    try:
        notices = gateway_for(event.provider).notices(event)
        with acting_as(SYSTEM):
            locked = WebhookEvent.objects.select_for_update(no_key=True).get(pk=event.pk)
            if locked.status == Status.PROCESSED:
                return "processed already"
            outcome = "; ".join(apply_notice(method=locked.provider, notice=notice, event=locked) for notice in notices)
            locked.status = Status.PROCESSED
            locked.processed_at = timezone.now()
            locked.outcome = (outcome or "nothing to do")[:200]
            locked.error = ""
            locked.save(update_fields=["status", "processed_at", "outcome", "error"])
    except Exception as error:
        # Whatever went wrong must be on the event, outside the rolled-back work.
        _note_failure(event, error)
        return f"failed: {type(error).__name__}"
    return locked.outcome


def process_due_events(*, limit: int = 500) -> int:
    """Process what the broker lost or what failed before; returns how many events were tried.

    Left out are providers who were answered already, and took no money where we failed (services.card_callbacks).
    """
    now = timezone.now()
    answered = [method for method, gateway in GATEWAYS.items() if gateway.answer_decides]
    with acting_as(SYSTEM):
        due = list(
            WebhookEvent.objects.filter(
                Q(claimed_until=None) | Q(claimed_until__lt=now),
                status__in=[Status.RECEIVED, Status.FAILED],
                next_attempt_at__lte=now,
            )
            .exclude(provider__in=answered)
            .order_by("next_attempt_at")
            .values_list("pk", flat=True)[:limit]
        )
    for event_id in due:
        process_event(event_id)
    return len(due)


@transaction.atomic
def replay_event(*, event_id: UUID, queue: Callable[[UUID], object]) -> WebhookEvent:
    """Let an event be processed again from the start (staff); what was credited already is not credited again.

    queue: called with the event's id once this is committed, for processing asks providers, outside any transaction. A card
    callback that we answered with FAILURE is credited by this: staff has captured the money by hand. Raises NotFound.
    """
    event = WebhookEvent.objects.select_for_update(no_key=True).filter(pk=event_id).first()
    if event is None:
        raise NotFound
    record_audit("payments.event.replayed", event, data={"before": event.outcome or event.error[:200]})
    event.status = Status.RECEIVED
    event.processed_at = event.claimed_until = None
    event.next_attempt_at = timezone.now()
    event.save(update_fields=["status", "processed_at", "claimed_until", "next_attempt_at"])
    after_commit(queue, event.pk)
    return event


def _claim(event_id: UUID) -> WebhookEvent | None:
    now = timezone.now()
    with acting_as(SYSTEM):
        claimed = (
            WebhookEvent.objects.filter(pk=event_id, status__in=[Status.RECEIVED, Status.FAILED])
            .filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
            .update(claimed_until=now + CLAIM, attempts=F("attempts") + 1)
        )
        return WebhookEvent.objects.get(pk=event_id) if claimed else None


def _note_failure(event: WebhookEvent, error: Exception) -> None:
    logger.warning("event %s of %s failed: %s", event.pk, event.provider, type(error).__name__, exc_info=error)
    # 10 s, 20 s, 40 s … at most 6 h, each up to half as long again, so that many don't come back at once.
    pause = min(10 * 2 ** (event.attempts - 1), 6 * 3600) * random.uniform(1, 1.5)  # noqa: S311 - not a secret
    with acting_as(SYSTEM):
        WebhookEvent.objects.filter(pk=event.pk).exclude(status=Status.PROCESSED).update(
            status=Status.GIVEN_UP if event.attempts >= GIVE_UP_AFTER else Status.FAILED,
            error=f"{type(error).__name__}: {error}"[:2000],
            claimed_until=None,
            next_attempt_at=timezone.now() + timedelta(seconds=pause),
        )
