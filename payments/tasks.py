"""Work of payments outside the request: ids in, one service call each. The every-minute job picks up what was lost."""

from uuid import UUID

from celery import shared_task
from django.dispatch import receiver

from leadsmarket.lib.queue import enqueue
from payments.models import Receipt
from payments.services import process_event, render_receipt
from payments.signals import receipt_issued


@shared_task
def process_event_task(event_id: str) -> None:
    """Process one webhook event."""
    process_event(UUID(event_id))


@shared_task
def render_receipt_task(receipt_id: str) -> None:
    """Make one receipt's PDF."""
    render_receipt(UUID(receipt_id))


def queue_event(event_id: UUID) -> None:
    """Ask a worker to process an event now; without a broker the every-minute job does."""
    enqueue(process_event_task, str(event_id))


@receiver(receipt_issued, sender=Receipt, dispatch_uid="payments.queue_receipt")
def queue_receipt(*, receipt_id: UUID, **_signal: object) -> None:
    """Ask a worker to make a receipt's PDF now; without a broker the every-minute job does."""
    enqueue(render_receipt_task, str(receipt_id))
