-- Makes the earnings payable whose return window ended by p_now, at most p_limit of them, oldest first; returns how many.
-- Platform only; called by leads.services.earnings. Locks: the balances of the influencers, in the order of their ids. A second
-- run waits there, then looks again, so nothing becomes payable twice. Earnings without payable_from wait for staff.
CREATE FUNCTION make_due_earnings_payable(p_now timestamptz, p_limit integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    candidates uuid [];
    made_payable integer;
BEGIN
    PERFORM require_platform_actor();
    candidates := ARRAY(
        SELECT e.lead_id
        FROM leads_earningentry AS e
        WHERE e.kind = 'earned' AND e.payable_from <= p_now
            AND NOT EXISTS (SELECT FROM leads_earningentry AS p WHERE p.lead_id = e.lead_id AND p.kind = 'payable')
        ORDER BY e.payable_from
        LIMIT p_limit
    );
    PERFORM 1 FROM leads_influencerbalance
    WHERE influencer_id IN (
        SELECT e.influencer_id FROM leads_earningentry AS e WHERE e.lead_id = ANY (candidates) AND e.kind = 'earned'
    )
    ORDER BY influencer_id FOR NO KEY UPDATE;

    WITH due AS (
        SELECT
            e.influencer_id, e.lead_id, e.amount,
            sum(e.amount) OVER influencer AS amount_so_far,
            row_number() OVER influencer AS number
        FROM leads_earningentry AS e
        WHERE e.lead_id = ANY (candidates) AND e.kind = 'earned'
            AND NOT EXISTS (SELECT FROM leads_earningentry AS p WHERE p.lead_id = e.lead_id AND p.kind = 'payable')
        WINDOW influencer AS (PARTITION BY e.influencer_id ORDER BY e.sequence)
    ), total AS (
        SELECT d.influencer_id, sum(d.amount) AS amount, count(*)::integer AS number FROM due AS d GROUP BY d.influencer_id
    ), changed AS (
        UPDATE leads_influencerbalance AS b
        SET earned_amount = b.earned_amount - t.amount,
            payable_amount = b.payable_amount + t.amount,
            entry_count = b.entry_count + t.number,
            updated_at = now()
        FROM total AS t
        WHERE b.influencer_id = t.influencer_id
        RETURNING
            b.influencer_id, b.earned_amount + t.amount AS earned_before, b.payable_amount - t.amount AS payable_before,
            b.entry_count - t.number AS entries_before
    )
    INSERT INTO leads_earningentry (
        id, influencer_id, sequence, kind, amount, lead_id, earned_before, earned_after, payable_before, payable_after,
        user_id, created_at
    )
    SELECT
        new_id(), d.influencer_id, c.entries_before + d.number, 'payable', d.amount, d.lead_id,
        c.earned_before - d.amount_so_far + d.amount, c.earned_before - d.amount_so_far,
        c.payable_before + d.amount_so_far - d.amount, c.payable_before + d.amount_so_far,
        app_user_id(), now()
    FROM due AS d
    JOIN changed AS c ON c.influencer_id = d.influencer_id;
    GET DIAGNOSTICS made_payable = ROW_COUNT;
    RETURN made_payable;
END
$$;
