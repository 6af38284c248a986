-- Erasure of a prospect's data (law 09-08): contacts never change but to be erased, in these two functions alone. Money, terms, states,
-- times and consents stay. Raises: LM001 append-only or frozen, LM022 impossible step, LM027 a lead that is still needed.

-- Trigger: pending -> validated -> converted | lost, pending -> rejected; terms never change; the contact only to be erased, by
-- erase_leads; no lead is deleted.
CREATE OR REPLACE FUNCTION guard_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'leads are not deleted' USING ERRCODE = 'LM001';
    END IF;
    IF (
        NEW.id, NEW.merchant_id, NEW.campaign_id, NEW.influencer_id, NEW.agreement_id, NEW.deposit_id, NEW.created_at,
        NEW.estimated_value, NEW.source, NEW.percentage_commission_rate, NEW.fixed_commission_amount,
        NEW.commission_threshold, NEW.commission_type, NEW.commission_amount, NEW.influencer_percentage,
        NEW.influencer_commission_amount, NEW.platform_commission_amount, NEW.auto_payment, NEW.expires_at
    ) IS DISTINCT FROM (
        OLD.id, OLD.merchant_id, OLD.campaign_id, OLD.influencer_id, OLD.agreement_id, OLD.deposit_id, OLD.created_at,
        OLD.estimated_value, OLD.source, OLD.percentage_commission_rate, OLD.fixed_commission_amount,
        OLD.commission_threshold, OLD.commission_type, OLD.commission_amount, OLD.influencer_percentage,
        OLD.influencer_commission_amount, OLD.platform_commission_amount, OLD.auto_payment, OLD.expires_at
    ) THEN
        RAISE EXCEPTION 'the terms of lead % are fixed', OLD.id USING ERRCODE = 'LM001';
    END IF;
    IF (
        NEW.customer_name, NEW.customer_email, NEW.customer_phone, NEW.customer_company, NEW.customer_notes, NEW.erased_at
    ) IS DISTINCT FROM (
        OLD.customer_name, OLD.customer_email, OLD.customer_phone, OLD.customer_company, OLD.customer_notes, OLD.erased_at
    ) AND (
        row_security_active('leads') OR NEW.status = 'pending' OR NEW.erased_at IS NULL
        OR (NEW.customer_name, NEW.customer_email, NEW.customer_phone, NEW.customer_company, NEW.customer_notes)
        IS DISTINCT FROM ('—', 'erased@erased.invalid', '+212400000000', '', '')
    ) THEN
        RAISE EXCEPTION 'the contact of lead % is fixed', OLD.id USING ERRCODE = 'LM001';
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('pending', 'validated'), ('pending', 'rejected'), ('validated', 'converted'), ('validated', 'lost')
    ) THEN
        RAISE EXCEPTION 'lead % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'LM022';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Trigger: decisions are append-only, but for the words in them when their lead is erased. Raises LM001.
CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT row_security_active('lead_validation')
        AND to_jsonb(NEW) - 'feedback' - 'rejection_details' = to_jsonb(OLD) - 'feedback' - 'rejection_details'
        AND NEW.feedback = '' AND NEW.rejection_details IN ('', '—')
        AND EXISTS (SELECT FROM leads WHERE id = NEW.lead_id AND erased_at IS NOT NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of lead_validation are append-only' USING ERRCODE = 'LM001';
END
$$;
DROP TRIGGER lead_validation_append_only ON lead_validation;
CREATE TRIGGER lead_validation_append_only BEFORE UPDATE OR DELETE ON lead_validation
FOR EACH ROW EXECUTE FUNCTION guard_decision();

-- Trigger: consents are append-only, but for the IP address when their lead is erased. Raises LM001.
CREATE FUNCTION guard_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT row_security_active('leads_leadconsent')
        AND to_jsonb(NEW) - 'ip_address' = to_jsonb(OLD) - 'ip_address' AND NEW.ip_address IS NULL
        AND EXISTS (SELECT FROM leads WHERE id = NEW.lead_id AND erased_at IS NOT NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of leads_leadconsent are append-only' USING ERRCODE = 'LM001';
END
$$;
DROP TRIGGER lead_consent_append_only ON leads_leadconsent;
CREATE TRIGGER lead_consent_append_only BEFORE UPDATE OR DELETE ON leads_leadconsent
FOR EACH ROW EXECUTE FUNCTION guard_consent();

-- Trigger: asked -> accepted | refused, by the platform; what was asked stays as it is, but for its words and proof when the lead
-- is erased. Raises LM001.
CREATE OR REPLACE FUNCTION guard_lead_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT row_security_active('leads_leadreturn') AND OLD.status <> 'asked'
        AND to_jsonb(NEW) - ARRAY['details', 'proof', 'decision_note'] = to_jsonb(OLD) - ARRAY['details', 'proof', 'decision_note']
        AND NEW.proof = '' AND NEW.details IN ('', '—') AND NEW.decision_note IN ('', '—')
        AND EXISTS (SELECT FROM leads WHERE id = NEW.lead_id AND erased_at IS NOT NULL)
    THEN
        RETURN NEW;
    END IF;
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

-- Erases who the leads are about: contact, notes, what the merchant wrote, the proof of a return, the IP address behind the
-- consent. Returns each lead that had not been erased before, with the name of its proof's file, which the caller deletes after the
-- commit. Platform only; called by leads.services.privacy. Locks: the leads, by id.
-- Raises LM013 not this actor's to do, LM027 a lead that is pending or being returned.
CREATE FUNCTION erase_leads(p_lead_ids uuid [])
RETURNS TABLE (lead_id uuid, proof text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    needed uuid;
    chosen uuid [];
    proofs text [];
BEGIN
    PERFORM require_platform_actor();
    PERFORM 1 FROM leads WHERE id = ANY (p_lead_ids) ORDER BY id FOR NO KEY UPDATE;
    SELECT l.id INTO needed
    FROM leads AS l
    LEFT JOIN leads_leadreturn AS r ON r.lead_id = l.id
    WHERE l.id = ANY (p_lead_ids) AND (l.status = 'pending' OR r.status = 'asked')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'lead % is still needed', needed USING ERRCODE = 'LM027';
    END IF;
    SELECT array_agg(l.id ORDER BY l.id), array_agg(coalesce(r.proof, '') ORDER BY l.id) INTO chosen, proofs
    FROM leads AS l
    LEFT JOIN leads_leadreturn AS r ON r.lead_id = l.id
    WHERE l.id = ANY (p_lead_ids) AND l.erased_at IS NULL;
    UPDATE leads AS l
    SET customer_name = '—', customer_email = 'erased@erased.invalid', customer_phone = '+212400000000',
        customer_company = '', customer_notes = '', submission_key = NULL, erased_at = now()
    WHERE l.id = ANY (chosen);
    UPDATE lead_validation AS v
    SET feedback = '', rejection_details = CASE v.rejection_details WHEN '' THEN '' ELSE '—' END
    WHERE v.lead_id = ANY (chosen) AND (v.feedback <> '' OR v.rejection_details NOT IN ('', '—'));
    UPDATE leads_leadconsent AS c SET ip_address = NULL WHERE c.lead_id = ANY (chosen) AND c.ip_address IS NOT NULL;
    UPDATE leads_leadreturn AS r
    SET details = CASE r.details WHEN '' THEN '' ELSE '—' END, proof = '',
        decision_note = CASE r.decision_note WHEN '' THEN '' ELSE '—' END
    WHERE r.lead_id = ANY (chosen);
    RETURN QUERY SELECT * FROM unnest(chosen, proofs);
END
$$;

-- Erases leads made before p_before, at most p_limit, the oldest first; those pending or being returned are left. Answers as
-- erase_leads. Platform only; called by leads.services.retention. A lead that somebody has locked is left for the next batch.
CREATE FUNCTION erase_old_leads(p_before timestamptz, p_limit integer)
RETURNS TABLE (lead_id uuid, proof text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    chosen uuid [];
BEGIN
    PERFORM require_platform_actor();
    SELECT array_agg(due.id) INTO chosen
    FROM (
        SELECT l.id FROM leads AS l
        WHERE l.erased_at IS NULL AND l.created_at < p_before AND l.status <> 'pending'
            AND NOT EXISTS (SELECT FROM leads_leadreturn AS r WHERE r.lead_id = l.id AND r.status = 'asked')
        ORDER BY l.created_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS due;
    RETURN QUERY SELECT * FROM erase_leads(coalesce(chosen, ARRAY[]::uuid []));
END
$$;

-- Whether a contact, as digests with a key that the database doesn't know, must not be submitted. Yes or no, for whoever submits.
CREATE FUNCTION contact_is_blocked(p_digests text [])
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM leads_blockedcontact WHERE digest = ANY (p_digests) AND (until IS NULL OR until > now())
    );
END;

CREATE TRIGGER prospect_request_updated_at BEFORE UPDATE ON leads_prospectrequest
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE UPDATE ON leads_blockedcontact FROM leadsmarket_web;

-- Requests and blocked contacts are the platform's own; the public form writes as the platform.
ALTER TABLE leads_prospectrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY prospect_request_all ON leads_prospectrequest
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE leads_blockedcontact ENABLE ROW LEVEL SECURITY;
CREATE POLICY blocked_contact_all ON leads_blockedcontact
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
