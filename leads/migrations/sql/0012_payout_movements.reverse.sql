DROP POLICY lead_return_ask ON leads_leadreturn;
DROP POLICY lead_return_read ON leads_leadreturn;
DROP POLICY lead_return_all ON leads_leadreturn;
ALTER TABLE leads_leadreturn DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON leads_leadreturn TO leadsmarket_web;
DROP TRIGGER lead_return_guard ON leads_leadreturn;
DROP FUNCTION guard_lead_return();
DROP FUNCTION reverse_earning(uuid);
CREATE OR REPLACE FUNCTION make_earning_payable(p_lead_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    earned leads_earningentry%ROWTYPE;
BEGIN
    PERFORM require_platform_actor();
    SELECT * INTO earned FROM leads_earningentry WHERE lead_id = p_lead_id AND kind = 'earned';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lead % has no earning', p_lead_id USING ERRCODE = 'LM023';
    END IF;
    PERFORM 1 FROM leads_influencerbalance WHERE influencer_id = earned.influencer_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM leads_earningentry WHERE lead_id = p_lead_id AND kind = 'payable') THEN
        RAISE EXCEPTION 'the earning of lead % is payable already', p_lead_id USING ERRCODE = 'LM023';
    END IF;
    PERFORM move_earning(p_lead_id, earned.influencer_id, 'payable', earned.amount, -earned.amount, earned.amount, NULL);
END
$$;
CREATE OR REPLACE FUNCTION make_due_earnings_payable(p_now timestamptz, p_limit integer)
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
DROP FUNCTION earning_is_held(uuid);
CREATE OR REPLACE FUNCTION credit_earning(p_lead_id uuid, p_return_window interval)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lead leads%ROWTYPE;
BEGIN
    SELECT * INTO lead FROM leads WHERE id = p_lead_id AND status = 'validated';
    IF NOT FOUND OR (NOT app_sees_all() AND coalesce(app_merchant_id() <> lead.merchant_id, true)) THEN
        RAISE EXCEPTION 'lead % earns nothing', p_lead_id USING ERRCODE = 'LM023';
    END IF;
    IF lead.influencer_commission_amount > 0 THEN
        PERFORM move_earning(
            lead.id, lead.influencer_id, 'earned', lead.influencer_commission_amount, lead.influencer_commission_amount, 0,
            CASE WHEN lead.auto_payment THEN lead.decided_at + p_return_window END
        );
    END IF;
END
$$;
DROP FUNCTION move_earning(uuid, text, numeric, integer, integer, integer, integer, uuid, uuid, timestamptz);
CREATE FUNCTION move_earning(
    p_lead_id uuid, p_influencer_id uuid, p_kind text, p_amount numeric, p_earned_change numeric, p_payable_change numeric,
    p_payable_from timestamptz
)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    after leads_influencerbalance%ROWTYPE;
BEGIN
    -- No upsert: PostgreSQL checks the row to insert first, and the change alone can be negative.
    LOOP
        UPDATE leads_influencerbalance AS b
        SET earned_amount = b.earned_amount + p_earned_change,
            payable_amount = b.payable_amount + p_payable_change,
            entry_count = b.entry_count + 1,
            updated_at = now()
        WHERE b.influencer_id = p_influencer_id
        RETURNING b.* INTO after;
        EXIT WHEN FOUND;
        INSERT INTO leads_influencerbalance (influencer_id, earned_amount, payable_amount, entry_count, updated_at)
        VALUES (p_influencer_id, 0, 0, 0, now())
        ON CONFLICT (influencer_id) DO NOTHING;
    END LOOP;
    INSERT INTO leads_earningentry (
        id, influencer_id, sequence, kind, amount, lead_id, earned_before, earned_after, payable_before, payable_after,
        payable_from, user_id, created_at
    ) VALUES (
        new_id(), p_influencer_id, after.entry_count, p_kind, p_amount, p_lead_id,
        after.earned_amount - p_earned_change, after.earned_amount,
        after.payable_amount - p_payable_change, after.payable_amount,
        p_payable_from, app_user_id(), now()
    );
END
$$;
REVOKE EXECUTE ON FUNCTION move_earning(uuid, uuid, text, numeric, numeric, numeric, timestamptz) FROM leadsmarket_web;
CREATE OR REPLACE FUNCTION require_lead_movement(p_kind text, p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lead record;
BEGIN
    SELECT merchant_id, influencer_id, deposit_id, status, commission_amount INTO lead FROM leads WHERE id = p_lead_id;
    IF NOT app_sees_all() AND NOT coalesce(
        CASE p_kind WHEN 'reservation' THEN lead.influencer_id = app_influencer_id() ELSE lead.merchant_id = app_merchant_id() END,
        false
    ) THEN
        RAISE EXCEPTION 'not this actor''s lead' USING ERRCODE = 'LM013';
    END IF;
    IF (lead.deposit_id, lead.commission_amount, lead.status::text) IS DISTINCT FROM (
        p_deposit_id, p_amount,
        CASE p_kind WHEN 'reservation' THEN 'pending' WHEN 'deduction' THEN 'validated' ELSE 'rejected' END
    ) THEN
        RAISE EXCEPTION 'a % of % does not fit lead %', p_kind, p_amount, p_lead_id USING ERRCODE = 'LM014';
    END IF;
END
$$;
