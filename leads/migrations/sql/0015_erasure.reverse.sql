DROP POLICY blocked_contact_all ON leads_blockedcontact;
ALTER TABLE leads_blockedcontact DISABLE ROW LEVEL SECURITY;
DROP POLICY prospect_request_all ON leads_prospectrequest;
ALTER TABLE leads_prospectrequest DISABLE ROW LEVEL SECURITY;
GRANT UPDATE ON leads_blockedcontact TO leadsmarket_web;
DROP TRIGGER prospect_request_updated_at ON leads_prospectrequest;
DROP FUNCTION contact_is_blocked(text []);
DROP FUNCTION erase_old_leads(timestamptz, integer);
DROP FUNCTION erase_leads(uuid []);
DROP TRIGGER lead_consent_append_only ON leads_leadconsent;
CREATE TRIGGER lead_consent_append_only BEFORE UPDATE OR DELETE ON leads_leadconsent
FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION guard_consent();
DROP TRIGGER lead_validation_append_only ON lead_validation;
CREATE TRIGGER lead_validation_append_only BEFORE UPDATE OR DELETE ON lead_validation
FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION guard_decision();
CREATE OR REPLACE FUNCTION guard_lead_return() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
        ('pending', 'validated'), ('pending', 'rejected'), ('validated', 'converted'), ('validated', 'lost')
    ) THEN
        RAISE EXCEPTION 'lead % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'LM022';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
