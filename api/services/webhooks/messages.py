"""Messages are rows, written in the transaction of what they tell; a rollback tells nobody."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from api.content import to_json
from api.models import WebhookAttempt, WebhookEndpoint, WebhookEvent, WebhookMessage
from api.services.webhooks.sending import queue_endpoint
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.queue import after_commit

KEPT = timedelta(days=30)
"""How long messages are kept; the database refuses to forget younger ones."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event about one object, for the merchant and the influencer whom it concerns (either may be None).

    data: what is told, as the API says it; only called where somebody has a webhook for it. key: what makes the event the same
    when it is told again.
    """

    event: WebhookEvent
    object_id: UUID
    key: str
    data: Callable[[], dict[str, Any]]
    merchant_id: UUID | None = None
    influencer_id: UUID | None = None


def is_wanted(event: WebhookEvent, *, merchant_id: UUID | None, influencer_id: UUID | None) -> bool:
    """Whether either side has a webhook for an event. One look into an index, whoever is asking."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT webhook_wanted(%s, %s, %s)", [event.value, merchant_id, influencer_id])
        return cursor.fetchone()[0]


def tell_partners(happenings: Sequence[Happening]) -> int:
    """Write a message for each webhook that wants one of the events, and have it sent after the commit; returns how many.

    The number of queries does not grow with the happenings (but for what their `data` asks). Told again, nothing is written.
    """
    with acting_as(SYSTEM):
        endpoints = _endpoints_for(happenings)
        messages = [
            message
            for happening in happenings
            for message in _messages_for(happening, endpoints[happening.merchant_id, happening.influencer_id])
        ]
        if messages:
            WebhookMessage.objects.bulk_create(messages, batch_size=1000, ignore_conflicts=True)
    for endpoint_id in {message.endpoint_id for message in messages}:
        after_commit(queue_endpoint, endpoint_id)
    return len(messages)


def erase_messages_about(object_ids: Collection[UUID]) -> int:
    """Empty messages about leads whose personal data are erased, and the answers to them; what still waits is not sent.

    Returns how many messages were emptied. Law 09-08, article 8.
    """
    with acting_as(SYSTEM):
        answers = WebhookAttempt.objects.filter(message__object_id__in=list(object_ids)).exclude(answer="")
        answers.update(answer="")
        about = WebhookMessage.objects.filter(object_id__in=list(object_ids)).exclude(body="")
        about.filter(status__in=WebhookMessage.WAITING).update(status=WebhookMessage.Status.GIVEN_UP)
        return about.update(body="")


def forget_old_messages(*, now: datetime | None = None, batch_size: int = 1000) -> int:
    """Delete messages older than KEPT with their attempts, each batch in a transaction of its own; returns how many."""
    before = (now or timezone.now()) - KEPT
    forgotten = 0
    while batch := _forget_batch(before, batch_size):
        forgotten += batch
    return forgotten


def _forget_batch(before: datetime, size: int) -> int:
    with acting_as(SYSTEM):
        messages = WebhookMessage.objects.filter(created_at__lt=before).order_by("created_at")
        old = list(messages.values_list("pk", flat=True)[:size])
        WebhookMessage.objects.filter(pk__in=old).delete()
    return len(old)


def message_for(endpoint: WebhookEndpoint, happening: Happening, body: str) -> WebhookMessage:
    """Return the message, not stored yet, that tells an endpoint what happened."""
    return WebhookMessage(
        endpoint=endpoint,
        merchant_id=endpoint.merchant_id,
        influencer_id=endpoint.influencer_id,
        event=happening.event,
        object_id=happening.object_id,
        deduplication_key=happening.key,
        body=body,
    )


def body_of(happening: Happening) -> str:
    """Return the JSON text that is signed and sent: what is true at this moment."""
    return to_json({"type": happening.event.value, "timestamp": timezone.now(), "data": happening.data()})


def _messages_for(happening: Happening, endpoints: list[WebhookEndpoint]) -> list[WebhookMessage]:
    wanting = [endpoint for endpoint in endpoints if happening.event in endpoint.events]
    if not wanting:
        return []
    body = body_of(happening)
    return [message_for(endpoint, happening, body) for endpoint in wanting]


def _endpoints_for(happenings: Sequence[Happening]) -> dict[tuple, list[WebhookEndpoint]]:
    """The endpoints that are on, by merchant and influencer of the happenings. One query."""
    merchants = {happening.merchant_id for happening in happenings if happening.merchant_id}
    influencers = {happening.influencer_id for happening in happenings if happening.influencer_id}
    by_side: dict[UUID | None, list[WebhookEndpoint]] = defaultdict(list)
    found = WebhookEndpoint.objects.filter(
        Q(merchant_id__in=merchants) | Q(influencer_id__in=influencers),
        off_at=None,
        events__overlap=sorted({happening.event.value for happening in happenings}),
    )
    for endpoint in found.order_by("id"):
        by_side[endpoint.merchant_id or endpoint.influencer_id].append(endpoint)
    return {
        sides: [endpoint for side in sides if side for endpoint in by_side.get(side, [])]
        for sides in {(happening.merchant_id, happening.influencer_id) for happening in happenings}
    }
