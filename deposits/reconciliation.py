"""What must be true of every deposit and its movements, whatever happened; product.md, "Scheduled jobs"."""

from django.db import DEFAULT_DB_ALIAS

from leadsmarket.lib.reconciliation import Difference, find_differences

# The movements of a deposit are numbered without a gap, and each starts where the one before ended; the first at zero.
CHAIN = """
WITH chain AS (
    SELECT
        id, sequence, balance_before, reserved_before,
        lag(sequence, 1, 0) OVER deposit + 1 AS next_sequence,
        lag(balance_after, 1, 0.00) OVER deposit AS balance_then,
        lag(reserved_after, 1, 0.00) OVER deposit AS reserved_then
    FROM deposit_transactions
    WINDOW deposit AS (PARTITION BY deposit_id ORDER BY sequence)
)
SELECT 'movement_sequence', id, next_sequence::text, sequence::text FROM chain WHERE sequence <> next_sequence
UNION ALL
SELECT 'movement_balance_before', id, balance_then::text, balance_before::text FROM chain
WHERE balance_before <> balance_then
UNION ALL
SELECT 'movement_reserved_before', id, reserved_then::text, reserved_before::text FROM chain
WHERE reserved_before <> reserved_then
"""

# A deposit is what its movements add up to, counted from their kinds and amounts and not from the balances they noted.
TOTALS = """
WITH total AS (
    SELECT
        d.id, d.current_balance, d.reserved_amount, d.movement_count,
        count(t.id) AS counted,
        coalesce(sum(t.amount * CASE
            WHEN t.kind IN ('initial', 'recharge', 'refund', 'adjustment') THEN 1 WHEN t.kind = 'deduction' THEN -1 ELSE 0
        END), 0.00) AS balance,
        coalesce(sum(t.amount * CASE
            WHEN t.kind = 'reservation' THEN 1 WHEN t.kind IN ('release', 'deduction') THEN -1 ELSE 0
        END), 0.00) AS reserved
    FROM company_deposits AS d
    LEFT JOIN deposit_transactions AS t ON t.deposit_id = d.id
    GROUP BY d.id
)
SELECT 'deposit_movement_count', id, counted::text, movement_count::text FROM total WHERE movement_count <> counted
UNION ALL
SELECT 'deposit_balance', id, balance::text, current_balance::text FROM total WHERE current_balance <> balance
UNION ALL
SELECT 'deposit_reserved', id, reserved::text, reserved_amount::text FROM total WHERE reserved_amount <> reserved
UNION ALL
SELECT 'deposit_bounds', id, '0 <= reserved <= current', reserved_amount || ' of ' || current_balance FROM total
WHERE NOT 0 <= reserved_amount OR NOT reserved_amount <= current_balance
"""


def deposit_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return every deposit or movement that contradicts the rest; empty when the books are right.

    Kinds: movement_sequence, movement_balance_before, movement_reserved_before (object: the movement);
    deposit_movement_count, deposit_balance, deposit_reserved, deposit_bounds (object: the deposit).
    """
    return [*find_differences(CHAIN, using=using), *find_differences(TOTALS, using=using)]
