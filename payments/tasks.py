"""Work of payments outside the request: ids in, one service call each. The every-minute job picks up what was lost."""

from uuid import UUID

from celery import shared_task
from django.dispatch import receiver

from leadsmarket.lib.queue import enqueue
from payments.models import PayoutStatement, PeriodDocument, Receipt
from payments.services import (
    keep_card,
    process_event,
    render_document,
    render_receipt,
    render_statement,
    run_auto_recharge,
)
from payments.signals import document_asked, receipt_issued, statement_issued


@shared_task
def process_event_task(event_id: str) -> None:
    """Process one webhook event."""
    process_event(UUID(event_id))


@shared_task
def render_receipt_task(receipt_id: str) -> None:
    """Make one receipt's PDF."""
    render_receipt(UUID(receipt_id))


@shared_task
def render_statement_task(statement_id: str) -> None:
    """Make the PDF of one payout's statement."""
    render_statement(UUID(statement_id))


@shared_task
def render_document_task(document_id: str) -> None:
    """Make the PDF of one monthly statement or report."""
    render_document(UUID(document_id))


@shared_task
def keep_card_task(card_id: str) -> None:
    """Ask Stripe which card a payment used."""
    keep_card(UUID(card_id))


@shared_task
def run_auto_recharge_task(deposit_id: str) -> None:
    """Charge the saved card of one deposit, if it is due."""
    run_auto_recharge(UUID(deposit_id))


def queue_event(event_id: UUID) -> None:
    """Ask a worker to process an event now; without a broker the every-minute job does."""
    enqueue(process_event_task, str(event_id))


@receiver(receipt_issued, sender=Receipt, dispatch_uid="payments.queue_receipt")
def queue_receipt(*, receipt_id: UUID, **_signal: object) -> None:
    """Ask a worker to make a receipt's PDF now; without a broker the every-minute job does."""
    enqueue(render_receipt_task, str(receipt_id))


@receiver(statement_issued, sender=PayoutStatement, dispatch_uid="payments.queue_statement")
def queue_statement(*, statement_id: UUID, **_signal: object) -> None:
    """Ask a worker to make a statement's PDF now; without a broker the every-minute job does."""
    enqueue(render_statement_task, str(statement_id))


@receiver(document_asked, sender=PeriodDocument, dispatch_uid="payments.queue_document")
def queue_document(*, document_id: UUID, **_signal: object) -> None:
    """Ask a worker to make a statement's or report's PDF now; without a broker the every-minute job does."""
    enqueue(render_document_task, str(document_id))
