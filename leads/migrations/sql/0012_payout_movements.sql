-- Returned leads and payouts: the four amounts of an influencer's balance, and who may do what.

-- Internal: whether a lead's commission may be moved on a deposit so; a refund is the platform's, after an accepted return.
-- Raises LM013 (not this actor's lead, or none) and LM014 (another deposit, amount or state than the lead's).
CREATE OR REPLACE FUNCTION require_lead_movement(p_kind text, p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lead record;
BEGIN
    SELECT merchant_id, influencer_id, deposit_id, status, commission_amount INTO lead FROM leads WHERE id = p_lead_id;
    IF NOT app_sees_all() AND NOT coalesce(
        CASE p_kind
            WHEN 'reservation' THEN lead.influencer_id = app_influencer_id()
            WHEN 'refund' THEN false
            ELSE lead.merchant_id = app_merchant_id()
        END,
        false
    ) THEN
        RAISE EXCEPTION 'not this actor''s lead' USING ERRCODE = 'LM013';
    END IF;
    IF (lead.deposit_id, lead.commission_amount, lead.status::text) IS DISTINCT FROM (
        p_deposit_id, p_amount,
        CASE p_kind WHEN 'reservation' THEN 'pending' WHEN 'release' THEN 'rejected' ELSE 'validated' END
    ) OR (
        p_kind = 'refund'
        AND NOT EXISTS (SELECT FROM leads_leadreturn WHERE lead_id = p_lead_id AND status = 'accepted')
    ) THEN
        RAISE EXCEPTION 'a % of % does not fit lead %', p_kind, p_amount, p_lead_id USING ERRCODE = 'LM014';
    END IF;
END
$$;

DROP FUNCTION move_earning(uuid, uuid, text, numeric, numeric, numeric, timestamptz);

-- Internal: changes an influencer's balance by an amount, added (1) to or taken (-1) from each of the four buckets, and writes
-- the entry. Not callable by the web role. Locks: the influencer's balance row.
CREATE FUNCTION move_earning(
    p_influencer_id uuid, p_kind text, p_amount numeric, p_earned integer DEFAULT 0, p_payable integer DEFAULT 0,
    p_in_payout integer DEFAULT 0, p_paid integer DEFAULT 0, p_lead_id uuid DEFAULT NULL, p_payout_id uuid DEFAULT NULL,
    p_payable_from timestamptz DEFAULT NULL
)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    after leads_influencerbalance%ROWTYPE;
BEGIN
    -- No upsert: PostgreSQL checks the row to insert first, and the change alone can be negative.
    LOOP
        UPDATE leads_influencerbalance AS b
        SET earned_amount = b.earned_amount + p_earned * p_amount,
            payable_amount = b.payable_amount + p_payable * p_amount,
            in_payout_amount = b.in_payout_amount + p_in_payout * p_amount,
            paid_amount = b.paid_amount + p_paid * p_amount,
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
        id, influencer_id, sequence, kind, amount, lead_id, payout_id,
        earned_before, earned_after, payable_before, payable_after,
        in_payout_before, in_payout_after, paid_before, paid_after, payable_from, user_id, created_at
    ) VALUES (
        new_id(), p_influencer_id, after.entry_count, p_kind, p_amount, p_lead_id, p_payout_id,
        after.earned_amount - p_earned * p_amount, after.earned_amount,
        after.payable_amount - p_payable * p_amount, after.payable_amount,
        after.in_payout_amount - p_in_payout * p_amount, after.in_payout_amount,
        after.paid_amount - p_paid * p_amount, after.paid_amount,
        p_payable_from, app_user_id(), now()
    );
END
$$;

-- Credits the influencer's share of a validated lead as earned, once; payable after p_return_window where the lead's
-- terms say so. Called by leads.services.validate_lead. Raises LM023.
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
            lead.influencer_id, 'earned', lead.influencer_commission_amount, p_earned => 1, p_lead_id => lead.id,
            p_payable_from => CASE WHEN lead.auto_payment THEN lead.decided_at + p_return_window END
        );
    END IF;
END
$$;

-- Internal: whether a lead's earning must not become payable: it is already, or the lead was returned or may yet be.
CREATE FUNCTION earning_is_held(p_lead_id uuid)
RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM leads_earningentry AS e WHERE e.lead_id = p_lead_id AND e.kind IN ('payable', 'reversed')
) OR EXISTS (
    SELECT FROM leads_leadreturn AS r WHERE r.lead_id = p_lead_id AND r.status IN ('asked', 'accepted')
);

-- Makes the earnings payable whose return window ended by p_now, at most p_limit of them, oldest first; returns how many.
-- Platform only; called by leads.services.earnings. Locks: the balances of the influencers, in the order of their ids. A second
-- run waits there, then looks again, so nothing becomes payable twice. Earnings without payable_from wait for staff, those of
-- leads whose return is asked for the decision.
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
            AND NOT earning_is_held(e.lead_id)
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
            AND NOT earning_is_held(e.lead_id)
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
            b.entry_count - t.number AS entries_before, b.in_payout_amount, b.paid_amount
    )
    INSERT INTO leads_earningentry (
        id, influencer_id, sequence, kind, amount, lead_id, earned_before, earned_after, payable_before, payable_after,
        in_payout_before, in_payout_after, paid_before, paid_after, user_id, created_at
    )
    SELECT
        new_id(), d.influencer_id, c.entries_before + d.number, 'payable', d.amount, d.lead_id,
        c.earned_before - d.amount_so_far + d.amount, c.earned_before - d.amount_so_far,
        c.payable_before + d.amount_so_far - d.amount, c.payable_before + d.amount_so_far,
        c.in_payout_amount, c.in_payout_amount, c.paid_amount, c.paid_amount, app_user_id(), now()
    FROM due AS d
    JOIN changed AS c ON c.influencer_id = d.influencer_id;
    GET DIAGNOSTICS made_payable = ROW_COUNT;
    RETURN made_payable;
END
$$;

-- Makes a lead's earned share payable, once. Staff and jobs only. Called by leads.services.earnings. Raises LM023: nothing
-- earned, payable already, returned or asked to be. Locks: the influencer's balance, before it looks.
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
    IF earning_is_held(p_lead_id) THEN
        RAISE EXCEPTION 'the earning of lead % is payable already, or returned', p_lead_id USING ERRCODE = 'LM023';
    END IF;
    PERFORM move_earning(
        earned.influencer_id, 'payable', earned.amount, p_earned => -1, p_payable => 1, p_lead_id => p_lead_id
    );
END
$$;

-- Takes the influencer's share of a returned lead back, once: from earned if it is still there, else from payable, which may go
-- below zero. Staff and jobs only. Called by leads.services.accept_return, after the refund to the deposit. Raises LM013, LM023
-- (the return is not accepted). Locks: the influencer's balance.
CREATE FUNCTION reverse_earning(p_lead_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    earned leads_earningentry%ROWTYPE;
    is_payable boolean;
BEGIN
    PERFORM require_platform_actor();
    IF NOT EXISTS (SELECT FROM leads_leadreturn WHERE lead_id = p_lead_id AND status = 'accepted') THEN
        RAISE EXCEPTION 'lead % is not returned', p_lead_id USING ERRCODE = 'LM023';
    END IF;
    SELECT * INTO earned FROM leads_earningentry WHERE lead_id = p_lead_id AND kind = 'earned';
    IF NOT FOUND THEN
        -- A share of zero earned nothing.
        RETURN;
    END IF;
    PERFORM 1 FROM leads_influencerbalance WHERE influencer_id = earned.influencer_id FOR NO KEY UPDATE;
    is_payable := EXISTS (SELECT FROM leads_earningentry WHERE lead_id = p_lead_id AND kind = 'payable');
    PERFORM move_earning(
        earned.influencer_id, 'reversed', earned.amount, p_earned => is_payable::integer - 1,
        p_payable => -is_payable::integer, p_lead_id => p_lead_id
    );
END
$$;

-- Trigger: asked -> accepted | refused, by the platform; what was asked stays as it is. Raises LM001, LM022.
CREATE FUNCTION guard_lead_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.lead_id, NEW.reason, NEW.details, NEW.proof, NEW.asked_by_id, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.lead_id, OLD.reason, OLD.details, OLD.proof, OLD.asked_by_id, OLD.created_at)
        OR OLD.status <> 'asked'
    THEN
        RAISE EXCEPTION 'return % is asked and decided once', OLD.id USING ERRCODE = 'LM001';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER lead_return_guard BEFORE UPDATE ON leads_leadreturn FOR EACH ROW EXECUTE FUNCTION guard_lead_return();

REVOKE EXECUTE ON FUNCTION
move_earning(uuid, text, numeric, integer, integer, integer, integer, uuid, uuid, timestamptz), earning_is_held(uuid)
FROM leadsmarket_web;
REVOKE DELETE ON leads_leadreturn FROM leadsmarket_web;

-- Both sides of a lead see its return; its merchant asks, staff decide.
ALTER TABLE leads_leadreturn ENABLE ROW LEVEL SECURITY;
CREATE POLICY lead_return_all ON leads_leadreturn
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY lead_return_read ON leads_leadreturn FOR SELECT
USING (EXISTS (SELECT 1 FROM leads AS l WHERE l.id = leads_leadreturn.lead_id));
CREATE POLICY lead_return_ask ON leads_leadreturn FOR INSERT
WITH CHECK (
    status = 'asked' AND asked_by_id = (SELECT app_user_id()) AND decided_by_id IS NULL AND decision_note = ''
    AND EXISTS (
        SELECT 1 FROM leads AS l
        WHERE l.id = leads_leadreturn.lead_id AND l.merchant_id = (SELECT app_merchant_id()) AND l.status = 'validated'
    )
);
