"""What must be true of every payout and of the movements of balances that belong to it; product.md, "Scheduled jobs"."""

from django.db import DEFAULT_DB_ALIAS

from leadsmarket.lib.reconciliation import Difference, find_differences

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


def payout_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return every payout whose movements or statement contradict it.

    Kinds: payout_requested, payout_paid, payout_failed, payout_statement (object: the payout).
    """
    return [*find_differences(PAYOUTS, using=using), *find_differences(STATEMENTS, using=using)]
