"""Work of the API outside the request; the every-minute job picks up webhooks that were lost."""

from datetime import datetime
from uuid import UUID

from celery import shared_task
from django.dispatch import receiver

from api.models import WebhookEndpoint
from api.services.keys import note_key_used
from api.services.webhooks import send_endpoint_messages, send_message
from api.signals import webhooks_queued
from leadsmarket.lib.queue import enqueue


@shared_task(ignore_result=True)
def note_key_used_task(key_id: str, used_at: str) -> None:
    """Remember when an API key was last used."""
    note_key_used(key_id=UUID(key_id), used_at=datetime.fromisoformat(used_at))


@shared_task(ignore_result=True)
def send_webhooks_task(endpoint_id: str) -> None:
    """Send what waits for an endpoint; one that fails at present is left to the every-minute job."""
    send_endpoint_messages(UUID(endpoint_id))


@shared_task(ignore_result=True)
def send_webhook_task(message_id: str) -> None:
    """Send one message that a person asked for."""
    send_message(UUID(message_id))


@receiver(webhooks_queued, sender=WebhookEndpoint, dispatch_uid="api.queue_webhooks")
def queue_webhooks(*, endpoint_id: UUID | None, message_id: UUID | None, **_signal: object) -> None:
    """Ask a worker to send webhooks now; without a broker the every-minute job does."""
    if message_id:
        enqueue(send_webhook_task, str(message_id))
    elif endpoint_id:
        enqueue(send_webhooks_task, str(endpoint_id))
