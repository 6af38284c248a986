"""What payments tells the apps above, inside the transaction of the change. Receivers write rows and nothing else.

payment_settled: payment, receipt. Money was credited.
payment_failed: payment. The attempt ended without money; for an auto-recharge the next one is sent instead.
auto_recharge_needs_you: auto_recharge, payment (None: nothing was tried), reason. reason: `authentication_required` (the bank
    wants the merchant there), `monthly_limit`, or why the card was declined; auto_recharge says whether it is off now or
    paused until when. payments.selectors.auto_recharge.finish_url is the page on which the merchant pays instead.
payment_reversed: payment, reversal. A refund or chargeback was booked. review_opened: item. Staff must look at something.
payout_requested, payout_approved, payout_failed: payout. payout_paid: payout, statement (its PDF comes later).
receipt_issued: receipt_id, statement_issued: statement_id, document_asked: document_id. Sent after the
    commit: payments.tasks makes the PDF.
"""

from django.dispatch import Signal

payment_settled = Signal()
payment_failed = Signal()
auto_recharge_needs_you = Signal()
payment_reversed = Signal()
review_opened = Signal()
receipt_issued = Signal()
payout_requested = Signal()
payout_approved = Signal()
payout_paid = Signal()
payout_failed = Signal()
statement_issued = Signal()
document_asked = Signal()
