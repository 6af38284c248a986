"""Every business action on payments: one function each."""

from payments.services.events import process_due_events, process_event, receive_webhook, replay_event
from payments.services.receipts import issue_receipt, render_due_receipts, render_receipt
from payments.services.reviews import open_review, resolve_review
from payments.services.settlement import apply_notice, settle_payment
from payments.services.start import StartedPayment, cancel_payment, continue_payment, start_opening, start_recharge

__all__ = [
    "StartedPayment",
    "apply_notice",
    "cancel_payment",
    "continue_payment",
    "issue_receipt",
    "open_review",
    "process_due_events",
    "process_event",
    "receive_webhook",
    "render_due_receipts",
    "render_receipt",
    "replay_event",
    "resolve_review",
    "settle_payment",
    "start_opening",
    "start_recharge",
]
