"""What must be true of every payment and payout and of the movements that belong to it; product.md, "Scheduled jobs"."""

from django.db import DEFAULT_DB_ALIAS

from leadsmarket.lib.reconciliation import Difference, find_differences

# Each settled payment was credited once, to its own deposit, with what arrived; no other payment was.
PAYMENTS = """
SELECT
    'payment_credited', p.id, CASE p.status WHEN 'settled' THEN '1 x ' || p.credited_amount ELSE 'none' END,
    coalesce(string_agg('1 x ' || t.amount || ' on ' || t.deposit_id, ', '), 'none')
FROM payments_payment AS p
LEFT JOIN deposit_transactions AS t ON t.payment_id = p.id AND t.kind IN ('initial', 'recharge')
GROUP BY p.id
HAVING count(t.id) <> (p.status = 'settled')::integer
    OR NOT coalesce(bool_and(t.amount = p.credited_amount AND t.deposit_id = p.deposit_id), true)
"""

# Each settled payment has its receipt of the same amount, no other has one.
RECEIPTS = """
SELECT
    'payment_receipt', p.id, coalesce(p.credited_amount::text, 'none'), coalesce(r.amount::text, 'none')
FROM payments_payment AS p
LEFT JOIN payments_receipt AS r ON r.payment_id = p.id
WHERE (p.status = 'settled') <> (r.id IS NOT NULL) OR r.amount <> p.credited_amount OR r.merchant_id <> p.merchant_id
"""

# The receipts of a year are numbered from 1 without a gap.
RECEIPT_NUMBERS = """
WITH numbered AS (
    SELECT id, serial, row_number() OVER (PARTITION BY year ORDER BY serial) AS next_serial FROM payments_receipt
)
SELECT 'receipt_serial', id, next_serial::text, serial::text FROM numbered WHERE serial <> next_serial
"""

# What was given back of a payment is the sum of its reversals, less what came back again.
REVERSALS = """
WITH total AS (
    SELECT
        p.id, p.reversed_amount,
        coalesce(sum(v.amount) FILTER (WHERE v.kind IN ('refund', 'chargeback')), 0.00)
        - coalesce(sum(v.amount) FILTER (WHERE v.kind IN ('refund_failed', 'chargeback_won')), 0.00) AS by_reversals
    FROM payments_payment AS p
    LEFT JOIN payments_paymentreversal AS v ON v.payment_id = p.id
    GROUP BY p.id
)
SELECT 'payment_reversed', id, greatest(by_reversals, 0.00)::text, reversed_amount::text
FROM total WHERE reversed_amount <> greatest(by_reversals, 0.00)
UNION ALL
SELECT 'receivable_settled', r.id, coalesce(sum(s.amount), 0.00)::text, r.settled_amount::text
FROM payments_receivable AS r
LEFT JOIN payments_receivablesettlement AS s ON s.receivable_id = r.id
GROUP BY r.id
HAVING r.settled_amount <> coalesce(sum(s.amount), 0.00)
"""

# Each payout left payable once, with its whole amount; a paid one was paid once, a failed one came back once.
PAYOUTS = """
WITH expected AS (
    SELECT
        p.id, p.influencer_id, k.kind, p.amount,
        CASE k.kind
            WHEN 'payout_requested' THEN true
            WHEN 'payout_paid' THEN p.status = 'paid'
            ELSE p.status = 'failed'
        END AS is_due
    FROM payments_payout AS p
    CROSS JOIN (VALUES ('payout_requested'), ('payout_paid'), ('payout_failed')) AS k (kind)
)
SELECT
    x.kind, x.id, CASE WHEN x.is_due THEN '1 x ' || x.amount ELSE 'none' END,
    coalesce(string_agg('1 x ' || e.amount || ' of ' || e.influencer_id, ', '), 'none')
FROM expected AS x
LEFT JOIN leads_earningentry AS e ON e.payout_id = x.id AND e.kind = x.kind
GROUP BY x.id, x.influencer_id, x.kind, x.amount, x.is_due
HAVING count(e.id) <> x.is_due::integer
    OR (x.is_due AND NOT coalesce(bool_and(e.amount = x.amount AND e.influencer_id = x.influencer_id), false))
"""

# Each paid payout has its statement of the same amount, no other has one.
STATEMENTS = """
SELECT
    'payout_statement', p.id, CASE p.status WHEN 'paid' THEN p.amount::text ELSE 'none' END,
    coalesce(s.amount::text, 'none')
FROM payments_payout AS p
LEFT JOIN payments_payoutstatement AS s ON s.payout_id = p.id
WHERE (p.status = 'paid') <> (s.id IS NOT NULL) OR s.amount <> p.amount OR s.influencer_id <> p.influencer_id
"""


def payment_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return every payment whose credit, receipt or reversals contradict it.

    Kinds: payment_credited, payment_receipt, payment_reversed (object: the payment); receipt_serial (the receipt);
    receivable_settled (the receivable).
    """
    queries = (PAYMENTS, RECEIPTS, RECEIPT_NUMBERS, REVERSALS)
    return [difference for sql in queries for difference in find_differences(sql, using=using)]


def payout_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return every payout whose movements or statement contradict it.

    Kinds: payout_requested, payout_paid, payout_failed, payout_statement (object: the payout).
    """
    return [*find_differences(PAYOUTS, using=using), *find_differences(STATEMENTS, using=using)]
