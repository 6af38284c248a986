"""The staff site's pages of payments and payouts. They change by services alone."""

from payments.admin import events, payments, payouts, receipts

__all__ = ["events", "payments", "payouts", "receipts"]
