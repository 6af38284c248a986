"""The staff site's pages of payments and payouts. They change by services alone."""

from payments.admin import cards, events, payments, payouts, receipts

__all__ = ["cards", "events", "payments", "payouts", "receipts"]
