-- Whether a campaign takes leads now: active, and its deposit can reserve at least the smallest commission. For people who
-- may not see the deposit.
CREATE OR REPLACE FUNCTION campaign_accepts_leads(p_campaign_id uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT 1
        FROM leads_campaign AS c
        JOIN company_deposits AS d ON d.id = deposit_of_campaign(c.merchant_id, c.id)
        WHERE c.id = p_campaign_id AND c.status = 'active' AND d.status = 'active'
            AND d.available_balance >= d.smallest_commission_amount
    );
END;

-- Trigger: refuses a second lead with the same phone or address in one campaign within 90 days. The two advisory locks,
-- taken in one order, make two submissions at once wait for each other. Sees other influencers' leads, so runs as owner.
CREATE OR REPLACE FUNCTION refuse_duplicate_lead() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    phone_lock bigint := hashtextextended(NEW.campaign_id || NEW.customer_phone, 1);
    email_lock bigint := hashtextextended(NEW.campaign_id || lower(NEW.customer_email), 2);
BEGIN
    PERFORM pg_advisory_xact_lock(least(phone_lock, email_lock));
    PERFORM pg_advisory_xact_lock(greatest(phone_lock, email_lock));
    IF EXISTS (
        SELECT 1 FROM leads
        WHERE campaign_id = NEW.campaign_id AND customer_phone = NEW.customer_phone
            AND created_at > NEW.created_at - interval '90 days' AND created_at < NEW.created_at + interval '90 days'
    ) OR EXISTS (
        SELECT 1 FROM leads
        WHERE campaign_id = NEW.campaign_id AND lower(customer_email) = lower(NEW.customer_email)
            AND created_at > NEW.created_at - interval '90 days' AND created_at < NEW.created_at + interval '90 days'
    ) THEN
        RAISE EXCEPTION 'this contact was submitted to the campaign within 90 days' USING ERRCODE = 'LM020';
    END IF;
    RETURN NEW;
END
$$;
