"""What a partner asks for by hand: a test, a message once more."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit import record_audit
from api.models import WebhookEndpoint, WebhookEvent, WebhookMessage
from api.services.sides import require_decider
from api.services.webhooks.endpoints import EndpointIsOff
from api.services.webhooks.messages import Happening, body_of, message_for
from api.services.webhooks.sending import queue_message
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import NotFound, Refusal
from leadsmarket.lib.identifiers import new_id
from leadsmarket.lib.queue import after_commit


class NothingToSend(Refusal):
    """The body of the message was erased with the personal data in it."""


@transaction.atomic
def send_test(*, endpoint_id: UUID) -> WebhookMessage:
    """Write a `webhook.test` message for a webhook and have it sent. Raises OnlyTheOwner, NotFound, EndpointIsOff."""
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id, deleted_at=None).first()
    if endpoint is None:
        raise NotFound
    require_decider()
    if not endpoint.is_on:
        raise EndpointIsOff
    happening = Happening(WebhookEvent.TEST, endpoint.pk, f"test:{new_id()}", lambda: {"webhook_id": endpoint.pk})
    with acting_as(SYSTEM):
        message = message_for(endpoint, happening, body_of(happening))
        message.save(force_insert=True)
    after_commit(queue_message, message.pk)
    return message


@transaction.atomic
def resend_message(*, message_id: UUID) -> WebhookMessage:
    """Queue a message once more, also one that arrived or was given up; its id stays, so that the receiver knows it again.

    One that a worker is sending right now is left to it. Raises OnlyTheOwner, NotFound, EndpointIsOff, NothingToSend.
    """
    message = WebhookMessage.objects.select_related("endpoint").filter(pk=message_id).first()
    if message is None or message.endpoint.deleted_at:
        raise NotFound
    require_decider()
    if not message.endpoint.is_on:
        raise EndpointIsOff
    if not message.body:
        raise NothingToSend
    now = timezone.now()
    with acting_as(SYSTEM):
        message = WebhookMessage.objects.select_for_update(no_key=True).get(pk=message_id)
        if message.claimed_until and message.claimed_until > now:
            return message
        status_before = message.status
        message.status = WebhookMessage.Status.QUEUED
        message.failures = 0
        message.delivered_at = message.claimed_until = None
        message.next_attempt_at = now
        message.save(update_fields=["status", "failures", "delivered_at", "claimed_until", "next_attempt_at"])
    record_audit(
        "api.webhook.message_resent",
        message,
        merchant_id=message.merchant_id,
        data={"event": message.event, "status_before": status_before},
    )
    after_commit(queue_message, message.pk)
    return message
