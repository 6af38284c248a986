"""Payments, provider events, receipts and what is left to staff."""

from payments.models.payments import Payment, PaymentReversal, Receivable, ReceivableSettlement
from payments.models.receipts import Receipt, ReceiptSeries
from payments.models.webhooks import ReviewItem, WebhookEvent

__all__ = [
    "Payment",
    "PaymentReversal",
    "Receipt",
    "ReceiptSeries",
    "Receivable",
    "ReceivableSettlement",
    "ReviewItem",
    "WebhookEvent",
]
