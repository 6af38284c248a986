"""What must be true of every lead's money and of every influencer's earnings; product.md, "Scheduled jobs"."""

from django.db import DEFAULT_DB_ALIAS

from leadsmarket.lib.reconciliation import Difference, find_differences

# Each lead was reserved once on its deposit; validated ones were deducted once, rejected ones released once, pending neither;
# those whose return was accepted were refunded once.
MOVEMENTS = """
WITH expected AS (
    SELECT
        l.id, l.deposit_id, k.kind, l.commission_amount,
        CASE k.kind
            WHEN 'reservation' THEN true
            WHEN 'deduction' THEN l.status IN ('validated', 'converted', 'lost')
            WHEN 'refund' THEN coalesce(r.status = 'accepted', false)
            ELSE l.status = 'rejected'
        END AS is_due
    FROM leads AS l
    LEFT JOIN leads_leadreturn AS r ON r.lead_id = l.id
    CROSS JOIN (VALUES ('reservation'), ('deduction'), ('release'), ('refund')) AS k (kind)
), counted AS (
    SELECT lead_id, deposit_id, kind, count(*) AS number, sum(amount) AS amount
    FROM deposit_transactions
    WHERE kind IN ('reservation', 'deduction', 'release', 'refund')
    GROUP BY lead_id, deposit_id, kind
)
SELECT
    'lead_' || e.kind, e.id, CASE WHEN e.is_due THEN '1 x ' || e.commission_amount ELSE 'none' END,
    coalesce(string_agg(c.number || ' x ' || c.amount || ' on ' || c.deposit_id, ', '), 'none')
FROM expected AS e
LEFT JOIN counted AS c ON c.lead_id = e.id AND c.kind = e.kind
GROUP BY e.id, e.kind, e.is_due, e.commission_amount, e.deposit_id
HAVING coalesce(sum(c.number), 0) <> e.is_due::integer
    OR (e.is_due AND NOT coalesce(bool_and(c.amount = e.commission_amount AND c.deposit_id = e.deposit_id), false))
"""

# The recorded decisions tell the lead's status, with its score or reason.
DECISIONS = """
WITH told AS (
    SELECT
        l.id,
        CASE
            WHEN l.status = 'pending' THEN 'pending'
            WHEN l.status = 'rejected' THEN concat_ws(' ', 'rejected', l.rejection_reason)
            WHEN l.status = 'validated' THEN concat_ws(' ', 'validated', l.quality_score)
            ELSE concat_ws(' ', 'validated', l.quality_score) || ', ' || l.status
        END AS by_lead,
        coalesce(string_agg(
            nullif(concat_ws(' ', v.decision, v.quality_score, nullif(v.rejection_reason, '')), ''), ', '
            ORDER BY v.decision IN ('converted', 'lost'), v.created_at
        ), 'pending') AS by_decisions
    FROM leads AS l
    LEFT JOIN lead_validation AS v ON v.lead_id = l.id
    GROUP BY l.id
)
SELECT 'lead_decision', id, by_lead, by_decisions FROM told WHERE by_lead <> by_decisions
"""

# What a deposit holds back is what its pending leads will cost; what it paid is what both sides got.
DEPOSITS = """
WITH total AS (
    SELECT
        d.id, d.reserved_amount,
        coalesce(sum(l.commission_amount) FILTER (WHERE l.status = 'pending'), 0.00) AS pending,
        coalesce(sum(l.influencer_commission_amount + l.platform_commission_amount) FILTER (
            WHERE l.status IN ('validated', 'converted', 'lost')
        ), 0.00) AS shares
    FROM company_deposits AS d
    LEFT JOIN leads AS l ON l.deposit_id = d.id
    GROUP BY d.id
), paid AS (
    SELECT deposit_id, sum(amount) AS deducted FROM deposit_transactions WHERE kind = 'deduction' GROUP BY deposit_id
)
SELECT 'deposit_pending_leads', id, pending::text, reserved_amount::text FROM total WHERE reserved_amount <> pending
UNION ALL
SELECT 'deposit_shares', t.id, t.shares::text, coalesce(p.deducted, 0.00)::text
FROM total AS t
LEFT JOIN paid AS p ON p.deposit_id = t.id
WHERE coalesce(p.deducted, 0) <> t.shares
"""

# The entries of an influencer are numbered without a gap, and each starts where the one before ended; the first at zero.
EARNINGS_CHAIN = """
WITH chain AS (
    SELECT
        id, sequence, earned_before, payable_before, in_payout_before, paid_before,
        lag(sequence, 1, 0) OVER influencer + 1 AS next_sequence,
        lag(earned_after, 1, 0.00) OVER influencer AS earned_then,
        lag(payable_after, 1, 0.00) OVER influencer AS payable_then,
        lag(in_payout_after, 1, 0.00) OVER influencer AS in_payout_then,
        lag(paid_after, 1, 0.00) OVER influencer AS paid_then
    FROM leads_earningentry
    WINDOW influencer AS (PARTITION BY influencer_id ORDER BY sequence)
)
SELECT 'earning_sequence', id, next_sequence::text, sequence::text FROM chain WHERE sequence <> next_sequence
UNION ALL
SELECT 'earning_earned_before', id, earned_then::text, earned_before::text FROM chain WHERE earned_before <> earned_then
UNION ALL
SELECT 'earning_payable_before', id, payable_then::text, payable_before::text FROM chain
WHERE payable_before <> payable_then
UNION ALL
SELECT 'earning_in_payout_before', id, in_payout_then::text, in_payout_before::text FROM chain
WHERE in_payout_before <> in_payout_then
UNION ALL
SELECT 'earning_paid_before', id, paid_then::text, paid_before::text FROM chain WHERE paid_before <> paid_then
"""

# Counted from kinds and amounts, and not from the balances that the entries noted. A share is taken back from payable where it
# became payable, else from earned.
EARNINGS_TOTALS = """
WITH moved AS (
    SELECT
        e.influencer_id, e.kind, e.amount,
        e.kind = 'reversed' AND EXISTS (
            SELECT FROM leads_earningentry AS p WHERE p.lead_id = e.lead_id AND p.kind = 'payable'
        ) AS from_payable
    FROM leads_earningentry AS e
), counted AS (
    SELECT
        influencer_id, count(*) AS number,
        sum(CASE kind
            WHEN 'earned' THEN amount WHEN 'payable' THEN -amount
            WHEN 'reversed' THEN CASE WHEN from_payable THEN 0.00 ELSE -amount END ELSE 0.00
        END) AS earned,
        sum(CASE kind
            WHEN 'payable' THEN amount WHEN 'payout_requested' THEN -amount WHEN 'payout_failed' THEN amount
            WHEN 'reversed' THEN CASE WHEN from_payable THEN -amount ELSE 0.00 END ELSE 0.00
        END) AS payable,
        sum(CASE kind
            WHEN 'payout_requested' THEN amount WHEN 'payout_paid' THEN -amount WHEN 'payout_failed' THEN -amount ELSE 0.00
        END) AS in_payout,
        coalesce(sum(amount) FILTER (WHERE kind = 'payout_paid'), 0.00) AS paid
    FROM moved
    GROUP BY influencer_id
), total AS (
    SELECT
        influencer_id AS id, coalesce(c.number, 0) AS number, coalesce(c.earned, 0.00) AS earned,
        coalesce(c.payable, 0.00) AS payable, coalesce(c.in_payout, 0.00) AS in_payout, coalesce(c.paid, 0.00) AS paid,
        coalesce(b.entry_count, 0) AS entry_count, coalesce(b.earned_amount, 0.00) AS earned_amount,
        coalesce(b.payable_amount, 0.00) AS payable_amount, coalesce(b.in_payout_amount, 0.00) AS in_payout_amount,
        coalesce(b.paid_amount, 0.00) AS paid_amount
    FROM leads_influencerbalance AS b
    FULL JOIN counted AS c USING (influencer_id)
)
SELECT 'influencer_entry_count', id, number::text, entry_count::text FROM total WHERE entry_count <> number
UNION ALL
SELECT 'influencer_earned', id, earned::text, earned_amount::text FROM total WHERE earned_amount <> earned
UNION ALL
SELECT 'influencer_payable', id, payable::text, payable_amount::text FROM total WHERE payable_amount <> payable
UNION ALL
SELECT 'influencer_in_payout', id, in_payout::text, in_payout_amount::text FROM total WHERE in_payout_amount <> in_payout
UNION ALL
SELECT 'influencer_paid', id, paid::text, paid_amount::text FROM total WHERE paid_amount <> paid
"""

# A validated lead earned its influencer's share, once; only what was earned became payable, whole; the share of a lead whose
# return was accepted was taken back, whole, and no other's.
EARNINGS_OF_LEADS = """
WITH total AS (
    SELECT
        l.id,
        CASE WHEN l.status IN ('validated', 'converted', 'lost') THEN l.influencer_commission_amount ELSE 0.00 END AS share,
        CASE WHEN r.status = 'accepted' THEN l.influencer_commission_amount ELSE 0.00 END AS to_take_back,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'earned' AND e.influencer_id = l.influencer_id), 0.00) AS earned,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'earned'), 0.00) AS earned_by_anyone,
        sum(e.amount) FILTER (WHERE e.kind = 'payable') AS payable,
        coalesce(sum(e.amount) FILTER (WHERE e.kind = 'reversed' AND e.influencer_id = l.influencer_id), 0.00) AS taken_back
    FROM leads AS l
    LEFT JOIN leads_leadreturn AS r ON r.lead_id = l.id
    LEFT JOIN leads_earningentry AS e ON e.lead_id = l.id
    GROUP BY l.id, r.status
)
SELECT 'lead_earned', id, share::text, earned_by_anyone::text FROM total WHERE earned <> share OR earned_by_anyone <> share
UNION ALL
SELECT 'lead_payable', id, earned::text, payable::text FROM total WHERE payable <> earned
UNION ALL
SELECT 'lead_taken_back', id, to_take_back::text, taken_back::text FROM total WHERE taken_back <> to_take_back
"""


def lead_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return every lead whose movements or decisions contradict its status, and every deposit that its leads contradict.

    Kinds: lead_reservation, lead_deduction, lead_release, lead_refund, lead_decision (object: the lead);
    deposit_pending_leads, deposit_shares (object: the deposit).
    """
    return [difference for sql in (MOVEMENTS, DECISIONS, DEPOSITS) for difference in find_differences(sql, using=using)]


def earning_differences(*, using: str = DEFAULT_DB_ALIAS) -> list[Difference]:
    """Return every influencer's balance, entry or lead's share that contradicts the rest.

    Kinds: earning_sequence, earning_earned_before, earning_payable_before, earning_in_payout_before, earning_paid_before
    (object: the entry); influencer_entry_count, influencer_earned, influencer_payable, influencer_in_payout, influencer_paid
    (object: the influencer); lead_earned, lead_payable, lead_taken_back (object: the lead).
    """
    queries = (EARNINGS_CHAIN, EARNINGS_TOTALS, EARNINGS_OF_LEADS)
    return [difference for sql in queries for difference in find_differences(sql, using=using)]
