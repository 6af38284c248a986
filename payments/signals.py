"""What payments tells the apps above, inside the transaction of the change. Receivers write rows and nothing else.

payment_settled: payment, receipt. Money was credited. payment_failed: payment. The attempt ended without money.
payment_reversed: payment, reversal. A refund or chargeback was booked. review_opened: item. Staff must look at something.
receipt_issued: receipt_id. The only one sent after the commit: payments.tasks makes the PDF.
"""

from django.dispatch import Signal

payment_settled = Signal()
payment_failed = Signal()
payment_reversed = Signal()
review_opened = Signal()
receipt_issued = Signal()
