"""What tests of webhooks share: an endpoint of somebody, what is in its log, time that passes."""

import json
from decimal import Decimal
from typing import Any

from api.models import EVENTS_OF_INFLUENCERS, EVENTS_OF_MERCHANTS, WebhookAttempt, WebhookEndpoint, WebhookMessage
from api.services.webhooks import create_endpoint, send_test
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as


def endpoint_of(
    actor: Actor, url: str = "http://127.0.0.1:9/hooks", events: list[str] | None = None
) -> tuple[WebhookEndpoint, str]:
    """Set up a webhook for all events of the actor's side, or for `events`; return it with its secret."""
    offered = EVENTS_OF_MERCHANTS if actor.merchant_id else EVENTS_OF_INFLUENCERS
    with acting_as(actor):
        return create_endpoint(url=url, events=events or [event.value for event in offered])


def messages(**filters: object) -> list[WebhookMessage]:
    """What was written, in order."""
    with acting_as(SYSTEM):
        return list(WebhookMessage.objects.filter(**filters).order_by("id"))


def attempts(message: WebhookMessage) -> list[WebhookAttempt]:
    with acting_as(SYSTEM):
        return list(message.attempts.order_by("number"))


def fresh(row: Any) -> Any:
    """The row as it is now."""
    with acting_as(SYSTEM):
        return type(row).objects.get(pk=row.pk)


def body(message: WebhookMessage) -> dict[str, Any]:
    """What a message says, with amounts as they were written."""
    return json.loads(message.body, parse_float=Decimal)


def one_test(actor: Actor, endpoint: WebhookEndpoint) -> WebhookMessage:
    """Ask for a test message."""
    with acting_as(actor):
        return send_test(endpoint_id=endpoint.pk)
