"""The staff site's pages of payments and payouts. They change by services alone."""

from payments.admin.payouts import PayoutAdmin, PayoutBatchAdmin

__all__ = ["PayoutAdmin", "PayoutBatchAdmin"]
