-- Payouts: the one place where they are made and step on, each step with its movement of the influencer's balance.
-- Raises: LM001 frozen, LM013 not this actor's to do, LM040 more than is payable, LM041 no such payout, LM042 a step that the
-- payout's state doesn't have. A second open payout breaks payout_one_open_per_influencer. Lock order: payout, balance.

-- Whether a RIB's last two digits are its key; morocco.md, section 2.
CREATE FUNCTION rib_has_right_key(rib text)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN right(rib, 2) BETWEEN '01' AND '97' AND mod(rib::numeric, 97) = 0;

ALTER TABLE payments_payout ADD CONSTRAINT payout_rib_key_right
CHECK (has_other_key OR rib !~ '^[0-9]{24}$' OR rib_has_right_key(rib));

-- Entries of balances know payouts by id only; the key is held from here.
ALTER TABLE leads_earningentry ADD CONSTRAINT earning_payout_fk
FOREIGN KEY (payout_id) REFERENCES payments_payout (id) DEFERRABLE INITIALLY DEFERRED;

-- Asks for a payout: payable -> in payout. An influencer asks for its own; only the platform may pass p_has_other_key.
-- Called by payments.services.request_payout.
CREATE FUNCTION request_payout(
    p_influencer_id uuid, p_amount numeric, p_reference text, p_holder_name text, p_rib text, p_has_other_key boolean,
    p_language text
)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_payout_id uuid := new_id();
    payable numeric;
BEGIN
    IF NOT app_sees_all() AND (p_has_other_key OR coalesce(app_influencer_id() <> p_influencer_id, true)) THEN
        RAISE EXCEPTION 'not this actor''s payout' USING ERRCODE = 'LM013';
    END IF;
    -- First, so that a second request at once waits here and is told that there is one.
    INSERT INTO payments_payout (
        id, influencer_id, amount, status, reference, holder_name, rib, has_other_key, language, requested_by_id,
        failure_reason, created_at, updated_at
    ) VALUES (
        new_payout_id, p_influencer_id, p_amount, 'requested', p_reference, p_holder_name, p_rib, p_has_other_key,
        p_language, app_user_id(), '', now(), now()
    );
    SELECT payable_amount INTO payable FROM leads_influencerbalance
    WHERE influencer_id = p_influencer_id FOR NO KEY UPDATE;
    IF coalesce(payable, 0) < p_amount THEN
        RAISE EXCEPTION 'payout of % is more than what is payable', p_amount USING ERRCODE = 'LM040';
    END IF;
    PERFORM move_earning(
        p_influencer_id, 'payout_requested', p_amount, p_payable => -1, p_in_payout => 1, p_payout_id => new_payout_id
    );
    RETURN new_payout_id;
END
$$;

-- Internal: the next number of a series, from 1; its row stays locked until the transaction ends. Not callable by the web role.
CREATE FUNCTION next_payout_serial(p_series text)
RETURNS integer LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO payments_payoutseries AS s (name, last_serial) VALUES (p_series, 1)
    ON CONFLICT (name) DO UPDATE SET last_serial = s.last_serial + 1
    RETURNING last_serial;
END;

-- Approves those of p_payout_ids that are asked for, as one new batch numbered p_series-0001 and so on; returns its id.
-- Platform only; called by payments.services.approve_payouts. LM042: there is none to approve.
CREATE FUNCTION approve_payouts(p_payout_ids uuid [], p_series text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_batch_id uuid := new_id();
    chosen uuid [];
BEGIN
    PERFORM require_platform_actor();
    chosen := ARRAY(
        SELECT id FROM payments_payout WHERE id = ANY (p_payout_ids) AND status = 'requested'
        ORDER BY id FOR NO KEY UPDATE
    );
    IF cardinality(chosen) = 0 THEN
        RAISE EXCEPTION 'none of the payouts is waiting for approval' USING ERRCODE = 'LM042';
    END IF;
    INSERT INTO payments_payoutbatch (id, number, approved_by_id, created_at, updated_at) VALUES (
        new_batch_id, p_series || '-' || lpad(next_payout_serial(p_series)::text, 4, '0'), app_user_id(), now(), now()
    );
    UPDATE payments_payout SET status = 'approved', batch_id = new_batch_id, approved_at = now() WHERE id = ANY (chosen);
    RETURN new_batch_id;
END
$$;

-- Ends a payout: paid (in payout -> paid; approved ones only), or failed (in payout -> payable, with a reason).
-- Returns false where it had ended so already. Platform only; called by payments.services.mark_payout_paid and _failed.
CREATE FUNCTION end_payout(p_payout_id uuid, p_status text, p_reason text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    payout payments_payout%ROWTYPE;
BEGIN
    PERFORM require_platform_actor();
    SELECT * INTO payout FROM payments_payout WHERE id = p_payout_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no payout %', p_payout_id USING ERRCODE = 'LM041';
    ELSIF payout.status = p_status THEN
        RETURN false;
    ELSIF (payout.status, p_status) NOT IN (('requested', 'failed'), ('approved', 'paid'), ('approved', 'failed')) THEN
        RAISE EXCEPTION 'payout % cannot go from % to %', p_payout_id, payout.status, p_status USING ERRCODE = 'LM042';
    END IF;
    UPDATE payments_payout
    SET status = p_status, ended_at = now(), failure_reason = CASE p_status WHEN 'failed' THEN p_reason ELSE '' END
    WHERE id = p_payout_id;
    PERFORM move_earning(
        payout.influencer_id, 'payout_' || p_status, payout.amount, p_in_payout => -1,
        p_payable => (p_status = 'failed')::integer, p_paid => (p_status = 'paid')::integer, p_payout_id => p_payout_id
    );
    RETURN true;
END
$$;

-- Trigger: what was asked stays as it is, and a payout that has ended stays ended. Raises LM001, LM042.
CREATE FUNCTION guard_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (
        NEW.id, NEW.influencer_id, NEW.amount, NEW.reference, NEW.holder_name, NEW.rib, NEW.has_other_key, NEW.language,
        NEW.requested_by_id, NEW.created_at
    ) IS DISTINCT FROM (
        OLD.id, OLD.influencer_id, OLD.amount, OLD.reference, OLD.holder_name, OLD.rib, OLD.has_other_key, OLD.language,
        OLD.requested_by_id, OLD.created_at
    ) OR (OLD.batch_id IS NOT NULL AND NEW.batch_id IS DISTINCT FROM OLD.batch_id) THEN
        RAISE EXCEPTION 'payout % is fixed', OLD.reference USING ERRCODE = 'LM001';
    END IF;
    IF (OLD.status, NEW.status) NOT IN (
        ('requested', 'approved'), ('requested', 'failed'), ('approved', 'paid'), ('approved', 'failed')
    ) THEN
        RAISE EXCEPTION 'payout % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'LM042';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER payout_guard BEFORE UPDATE ON payments_payout FOR EACH ROW EXECUTE FUNCTION guard_payout();
CREATE TRIGGER payout_batch_append_only BEFORE UPDATE OR DELETE ON payments_payoutbatch
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Trigger: a statement is never changed, but for its file, which is set once. Raises LM001.
CREATE FUNCTION guard_payout_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.file <> '' OR (
        NEW.id, NEW.payout_id, NEW.influencer_id, NEW.number, NEW.amount, NEW.language, NEW.data, NEW.created_at
    ) IS DISTINCT FROM (
        OLD.id, OLD.payout_id, OLD.influencer_id, OLD.number, OLD.amount, OLD.language, OLD.data, OLD.created_at
    ) THEN
        RAISE EXCEPTION 'statement % is issued', OLD.number USING ERRCODE = 'LM001';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER payout_statement_guard BEFORE UPDATE ON payments_payoutstatement
FOR EACH ROW EXECUTE FUNCTION guard_payout_statement();

REVOKE EXECUTE ON FUNCTION next_payout_serial(text) FROM leadsmarket_web;
REVOKE INSERT, UPDATE, DELETE ON payments_payout, payments_payoutbatch FROM leadsmarket_web;
REVOKE DELETE ON payments_payoutseries, payments_payoutstatement FROM leadsmarket_web;

-- An influencer sees its own payouts and statements; batches and numbers are staff's.
ALTER TABLE payments_payout ENABLE ROW LEVEL SECURITY;
CREATE POLICY payout_read ON payments_payout FOR SELECT
USING ((SELECT app_sees_all()) OR influencer_id = (SELECT app_influencer_id()));
ALTER TABLE payments_payoutbatch ENABLE ROW LEVEL SECURITY;
CREATE POLICY payout_batch_read ON payments_payoutbatch FOR SELECT USING ((SELECT app_sees_all()));
ALTER TABLE payments_payoutseries ENABLE ROW LEVEL SECURITY;
CREATE POLICY payout_series_all ON payments_payoutseries
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE payments_payoutstatement ENABLE ROW LEVEL SECURITY;
CREATE POLICY payout_statement_all ON payments_payoutstatement
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY payout_statement_read ON payments_payoutstatement FOR SELECT
USING (influencer_id = (SELECT app_influencer_id()));
