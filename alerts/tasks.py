"""Sending outside the request; the every-minute job picks up what was lost."""

from uuid import UUID

from celery import shared_task
from django.dispatch import receiver

from alerts.models import Delivery
from alerts.services import send_delivery
from alerts.signals import delivery_queued
from leadsmarket.lib.queue import enqueue


@shared_task
def send_delivery_task(delivery_id: str) -> None:
    """Send one message."""
    send_delivery(UUID(delivery_id))


@receiver(delivery_queued, sender=Delivery, dispatch_uid="alerts.queue_delivery")
def queue_delivery(*, delivery_id: UUID, **_signal: object) -> None:
    """Ask a worker to send a message now; without a broker the every-minute job does."""
    enqueue(send_delivery_task, str(delivery_id))
