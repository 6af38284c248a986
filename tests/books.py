"""The invariants of the books (quality.md, "Reliability" 1), asked of the database in one place."""

from django.db import connections

# Each query returns the rows that break its invariant.
INVARIANTS = {
    "0 <= reserved <= current": """
        SELECT id FROM company_deposits WHERE reserved_amount < 0 OR reserved_amount > current_balance
    """,
    "current and reserved are the sums of the movements": """
        SELECT d.id, d.current_balance, d.reserved_amount, t.balance, t.reserved
        FROM company_deposits AS d
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(balance_after - balance_before), 0) AS balance,
                coalesce(sum(reserved_after - reserved_before), 0) AS reserved
            FROM deposit_transactions WHERE deposit_id = d.id
        ) AS t ON true
        WHERE (d.current_balance, d.reserved_amount) <> (t.balance, t.reserved)
    """,
    "reserved is the sum of the commissions of pending leads": """
        SELECT d.id, d.reserved_amount, sum(l.commission_amount)
        FROM company_deposits AS d LEFT JOIN leads AS l ON l.deposit_id = d.id AND l.status = 'pending'
        GROUP BY d.id HAVING d.reserved_amount <> coalesce(sum(l.commission_amount), 0)
    """,
    "movements form an unbroken chain from zero to the present amounts": """
        SELECT * FROM (
            SELECT deposit_id, sequence, balance_before, reserved_before,
                lag(balance_after, 1, 0) OVER chain AS balance_expected,
                lag(reserved_after, 1, 0) OVER chain AS reserved_expected,
                row_number() OVER chain AS expected, lag(created_at) OVER chain AS created_earlier, created_at
            FROM deposit_transactions WINDOW chain AS (PARTITION BY deposit_id ORDER BY sequence)
        ) AS t
        WHERE sequence <> expected OR (balance_before, reserved_before) <> (balance_expected, reserved_expected)
    """,
    "the deposit counts its movements": """
        SELECT d.id FROM company_deposits AS d
        WHERE d.movement_count <> (SELECT count(*) FROM deposit_transactions WHERE deposit_id = d.id)
    """,
    "each lead has the movements of its state, of its own deposit and amount": """
        SELECT l.id, l.status, t.kinds
        FROM leads AS l
        LEFT JOIN LATERAL (
            SELECT string_agg(kind, ',' ORDER BY sequence) AS kinds,
                bool_and((deposit_id, amount) = (l.deposit_id, l.commission_amount)) AS fits
            FROM deposit_transactions WHERE lead_id = l.id
        ) AS t ON true
        WHERE NOT coalesce(t.fits, false) OR t.kinds <> CASE l.status
            WHEN 'pending' THEN 'reservation' WHEN 'rejected' THEN 'reservation,release'
            WHEN 'validated' THEN 'reservation,deduction' || (
                SELECT CASE count(*) WHEN 0 THEN '' ELSE ',refund' END FROM leads_leadreturn
                WHERE lead_id = l.id AND status = 'accepted'
            )
            ELSE 'reservation,deduction'
        END
    """,
    "a lead left pending exactly once": """
        SELECT l.id FROM leads AS l
        WHERE (SELECT count(*) FROM lead_validation WHERE lead_id = l.id AND decision IN ('validated', 'rejected'))
            <> (l.status <> 'pending')::integer
    """,
    "deductions are the influencers' shares and the platform's": """
        SELECT d.id, t.deducted, l.shares
        FROM company_deposits AS d
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS deducted FROM deposit_transactions
            WHERE deposit_id = d.id AND kind = 'deduction'
        ) AS t ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(influencer_commission_amount + platform_commission_amount), 0) AS shares FROM leads
            WHERE deposit_id = d.id AND status IN ('validated', 'converted', 'lost')
        ) AS l ON true
        WHERE t.deducted <> l.shares
    """,
    "influencers were credited exactly the shares of their validated leads": """
        SELECT i.id, e.earned, l.shares
        FROM accounts_influencer AS i
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS earned FROM leads_earningentry
            WHERE influencer_id = i.id AND kind = 'earned'
        ) AS e ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(influencer_commission_amount), 0) AS shares FROM leads
            WHERE influencer_id = i.id AND status IN ('validated', 'converted', 'lost')
        ) AS l ON true
        WHERE e.earned <> l.shares
    """,
    "an influencer's balance is the sum of the entries": """
        SELECT b.influencer_id FROM leads_influencerbalance AS b
        WHERE (b.earned_amount, b.payable_amount, b.in_payout_amount, b.paid_amount, b.entry_count) <> (
            SELECT
                sum(earned_after - earned_before), sum(payable_after - payable_before),
                sum(in_payout_after - in_payout_before), sum(paid_after - paid_before), count(*)
            FROM leads_earningentry WHERE influencer_id = b.influencer_id
        )
    """,
    "exactly the shares of returned leads were taken back": """
        SELECT i.id, e.taken_back, l.shares
        FROM accounts_influencer AS i
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS taken_back FROM leads_earningentry
            WHERE influencer_id = i.id AND kind = 'reversed'
        ) AS e ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(k.influencer_commission_amount), 0) AS shares
            FROM leads AS k JOIN leads_leadreturn AS r ON r.lead_id = k.id AND r.status = 'accepted'
            WHERE k.influencer_id = i.id
        ) AS l ON true
        WHERE e.taken_back <> l.shares
    """,
    "each payout moved its amount once each way, as its state says": """
        SELECT p.id, p.status, e.kinds
        FROM payments_payout AS p
        LEFT JOIN LATERAL (
            SELECT string_agg(kind, ',' ORDER BY sequence) AS kinds,
                bool_and((influencer_id, amount) = (p.influencer_id, p.amount)) AS fits
            FROM leads_earningentry WHERE payout_id = p.id
        ) AS e ON true
        WHERE NOT coalesce(e.fits, false) OR e.kinds <> CASE p.status
            WHEN 'paid' THEN 'payout_requested,payout_paid' WHEN 'failed' THEN 'payout_requested,payout_failed'
            ELSE 'payout_requested'
        END
    """,
    "active or depleted, as the amounts say": """
        SELECT id, status FROM company_deposits WHERE status IN ('active', 'depleted')
            AND status <> CASE
                WHEN current_balance = 0 OR (reserved_amount = 0 AND current_balance < smallest_commission_amount)
                THEN 'depleted' ELSE 'active' END
    """,
    "every lead has its consent": """
        SELECT id FROM leads WHERE NOT EXISTS (SELECT FROM leads_leadconsent WHERE lead_id = leads.id)
    """,
}


def broken_invariants(alias: str = "owner") -> dict[str, list[tuple]]:
    """Return the invariants that do not hold, each with the rows that break it; empty when the books are right."""
    broken = {}
    with connections[alias].cursor() as cursor:
        for name, query in INVARIANTS.items():
            cursor.execute(query)
            if rows := cursor.fetchall():
                broken[name] = rows
    return broken
