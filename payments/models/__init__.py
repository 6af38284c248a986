"""Payments, provider events, receipts and what is left to staff."""

from payments.models.cards import AutoRecharge, SavedCard, StripeCustomer
from payments.models.documents import PeriodDocument
from payments.models.orders import CardOrder
from payments.models.payments import Payment, PaymentReversal, Receivable, ReceivableSettlement
from payments.models.payouts import Payout, PayoutBatch, PayoutSeries, PayoutStatement
from payments.models.receipts import Receipt, ReceiptSeries
from payments.models.webhooks import ReviewItem, WebhookEvent

__all__ = [
    "AutoRecharge",
    "CardOrder",
    "Payment",
    "PaymentReversal",
    "Payout",
    "PayoutBatch",
    "PayoutSeries",
    "PayoutStatement",
    "PeriodDocument",
    "Receipt",
    "ReceiptSeries",
    "Receivable",
    "ReceivableSettlement",
    "ReviewItem",
    "SavedCard",
    "StripeCustomer",
    "WebhookEvent",
]
