"""Payments, provider events, receipts and what is left to staff."""

from payments.models.cards import AutoRecharge, SavedCard, StripeCustomer
from payments.models.payments import Payment, PaymentReversal, Receivable, ReceivableSettlement
from payments.models.receipts import Receipt, ReceiptSeries
from payments.models.webhooks import ReviewItem, WebhookEvent

__all__ = [
    "AutoRecharge",
    "Payment",
    "PaymentReversal",
    "Receipt",
    "ReceiptSeries",
    "Receivable",
    "ReceivableSettlement",
    "ReviewItem",
    "SavedCard",
    "StripeCustomer",
    "WebhookEvent",
]
