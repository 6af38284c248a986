-- Commission rules, duplicate check, order of states, earnings, foreign keys from below, row security and views.
-- Raises: LM001 append-only or frozen, LM013 and LM014 as deposits, LM020 duplicate lead, LM021 not the actor's to do, LM022
-- impossible step of a lead, LM023 an earning that doesn't fit its lead, LM024 impossible step of a campaign or agreement,
-- LM025 a lead that doesn't fit its campaign, agreement and deposit.

-- The commission for an estimated value (MAD), rounded half up; product.md, "Commission".
CREATE FUNCTION calculate_commission(
    p_estimated_value numeric, p_percentage_rate numeric, p_fixed_amount numeric, p_threshold numeric,
    OUT commission_amount numeric, OUT commission_type text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        CASE WHEN p_estimated_value < p_threshold THEN round(p_estimated_value * p_percentage_rate / 100, 2)
            ELSE p_fixed_amount
        END,
        CASE WHEN p_estimated_value < p_threshold THEN 'percentage' ELSE 'fixed' END;
END;

-- The influencer's part of a commission, rounded half up; the platform keeps the rest.
CREATE FUNCTION influencer_share(p_commission_amount numeric, p_influencer_percentage numeric)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(p_commission_amount * p_influencer_percentage / 100, 2);

-- The least that a campaign can ask for one lead. The percentage grows with the value, so the ends decide.
CREATE FUNCTION smallest_commission(
    p_minimum_value numeric, p_percentage_rate numeric, p_fixed_amount numeric, p_threshold numeric
)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_minimum_value < p_threshold
    THEN least(greatest(round(p_minimum_value * p_percentage_rate / 100, 2), 0.01), p_fixed_amount)
    ELSE p_fixed_amount
END;

-- The deposit that a campaign's leads draw on: its own where there is one, else the merchant's general one. Null: none.
CREATE FUNCTION deposit_of_campaign(p_merchant_id uuid, p_campaign_id uuid)
RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT id FROM company_deposits
    WHERE merchant_id = p_merchant_id
        AND (campaign_id = p_campaign_id OR campaign_id IS NULL)
        AND status IN ('active', 'depleted', 'suspended')
    ORDER BY campaign_id NULLS LAST
    LIMIT 1;
END;

-- Whether a campaign takes leads now: active, and its deposit can reserve at least the smallest commission. For people who
-- may not see the deposit.
CREATE FUNCTION campaign_accepts_leads(p_campaign_id uuid)
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

-- Everything that create_lead and the commission preview must know, in one round trip. No row: no such campaign.
-- An agreement for the campaign itself goes before one for all campaigns. p_email in lower case, p_phone in E.164; both may
-- be empty for a preview. is_own_contact: the address or number is the influencer's or one of the merchant's team.
CREATE FUNCTION lead_terms(
    p_campaign_id uuid, p_influencer_id uuid, p_estimated_value numeric, p_email text, p_phone text
)
RETURNS TABLE (
    merchant_id uuid, merchant_name text, campaign_status text, agreement_id uuid, agreement_status text,
    requires_validation boolean, auto_payment boolean, influencer_percentage numeric,
    percentage_commission_rate numeric, fixed_commission_amount numeric, commission_threshold numeric,
    minimum_estimated_value numeric, lead_expiry_hours integer,
    commission_amount numeric, commission_type text, influencer_commission_amount numeric,
    deposit_id uuid, deposit_status text, accepts_leads boolean, is_own_contact boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT app_sees_all() AND coalesce(app_influencer_id() <> p_influencer_id, true) THEN
        RAISE EXCEPTION 'not this influencer''s actor' USING ERRCODE = 'LM021';
    END IF;
    RETURN QUERY
    SELECT
        c.merchant_id, m.name::text, c.status::text, a.id, a.status::text, a.requires_validation, a.auto_payment,
        a.commission_percentage, s.percentage_commission_rate, s.fixed_commission_amount, s.commission_threshold,
        s.minimum_estimated_value, s.lead_expiry_hours::integer, k.commission_amount, k.commission_type,
        influencer_share(k.commission_amount, coalesce(a.commission_percentage, 30)),
        d.id, d.status::text,
        coalesce(
            m.is_active AND c.status = 'active' AND d.status = 'active'
            AND d.available_balance >= greatest(k.commission_amount, d.smallest_commission_amount), false
        ),
        EXISTS (
            SELECT 1
            FROM accounts_influencer AS i
            JOIN accounts_user AS u ON u.id = i.user_id
            WHERE i.id = p_influencer_id AND (lower(u.email) = p_email OR (p_phone <> '' AND i.phone = p_phone))
        ) OR EXISTS (
            SELECT 1
            FROM accounts_membership AS t
            JOIN accounts_user AS u ON u.id = t.user_id
            WHERE t.merchant_id = c.merchant_id AND lower(u.email) = p_email
        ) OR (p_phone <> '' AND m.phone = p_phone)
    FROM leads_campaign AS c
    JOIN campaign_settings AS s ON s.campaign_id = c.id
    JOIN accounts_merchant AS m ON m.id = c.merchant_id
    CROSS JOIN LATERAL calculate_commission(
        p_estimated_value, s.percentage_commission_rate, s.fixed_commission_amount, s.commission_threshold
    ) AS k
    LEFT JOIN LATERAL (
        SELECT * FROM influencer_agreements AS g
        WHERE g.influencer_id = p_influencer_id AND g.merchant_id = c.merchant_id AND g.status <> 'terminated'
            AND (g.campaign_id = c.id OR g.campaign_id IS NULL)
        ORDER BY g.campaign_id NULLS LAST
        LIMIT 1
    ) AS a ON true
    LEFT JOIN company_deposits AS d ON d.id = deposit_of_campaign(c.merchant_id, c.id)
    WHERE c.id = p_campaign_id AND (c.status <> 'draft' OR a.id IS NOT NULL);
END
$$;

-- Internal: whether the actor may move a lead's commission on a deposit so. An influencer reserves for their own pending
-- lead, its merchant decides. Called by the movements of deposits, which know leads by id only, before they lock anything.
-- Raises LM013 (not this actor's lead, or none) and LM014 (another deposit, amount or state than the lead's).
CREATE FUNCTION require_lead_movement(p_kind text, p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
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

-- The least that the campaigns of each of a merchant's deposits can ask; the caller passes them on to the deposits.
CREATE FUNCTION deposit_smallest_commissions(p_merchant_id uuid)
RETURNS TABLE (deposit_id uuid, amount numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT
        d.id,
        min(smallest_commission(
            s.minimum_estimated_value, s.percentage_commission_rate, s.fixed_commission_amount, s.commission_threshold
        ))
    FROM company_deposits AS d
    LEFT JOIN leads_campaign AS c ON c.merchant_id = d.merchant_id
        AND c.status IN ('active', 'paused') AND deposit_of_campaign(c.merchant_id, c.id) = d.id
    LEFT JOIN campaign_settings AS s ON s.campaign_id = c.id
    WHERE d.merchant_id = p_merchant_id AND d.status <> 'closed'
        AND (app_sees_all() OR d.merchant_id = app_merchant_id())
    GROUP BY d.id;
END;

-- Trigger: refuses a lead whose campaign, agreement and deposit are not one merchant's, or don't go together.
CREATE FUNCTION require_lead_fits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1
        FROM leads_campaign AS c
        JOIN influencer_agreements AS a ON a.id = NEW.agreement_id
        JOIN company_deposits AS d ON d.id = NEW.deposit_id
        WHERE c.id = NEW.campaign_id AND c.merchant_id = NEW.merchant_id
            AND a.merchant_id = NEW.merchant_id AND a.influencer_id = NEW.influencer_id
            AND coalesce(a.campaign_id, c.id) = c.id
            AND d.merchant_id = NEW.merchant_id AND coalesce(d.campaign_id, c.id) = c.id
    ) THEN
        RAISE EXCEPTION 'campaign, agreement and deposit of the lead do not go together' USING ERRCODE = 'LM025';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER lead_fits BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION require_lead_fits();

-- Trigger: refuses a second lead with the same phone or address in one campaign within 90 days. The two advisory locks,
-- taken in one order, make two submissions at once wait for each other. Sees other influencers' leads, so runs as owner.
CREATE FUNCTION refuse_duplicate_lead() RETURNS trigger
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
CREATE TRIGGER lead_duplicate BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION refuse_duplicate_lead();

-- Trigger: pending -> validated -> converted | lost, pending -> rejected; terms never change; no lead is deleted.
CREATE FUNCTION guard_lead() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER lead_guard BEFORE UPDATE OR DELETE ON leads FOR EACH ROW EXECUTE FUNCTION guard_lead();

CREATE TRIGGER lead_validation_append_only BEFORE UPDATE OR DELETE ON lead_validation
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lead_consent_append_only BEFORE UPDATE OR DELETE ON leads_leadconsent
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER earning_append_only BEFORE UPDATE OR DELETE ON leads_earningentry
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Trigger: a campaign stays its merchant's, is a draft only at first, and never comes back once ended.
CREATE FUNCTION guard_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.merchant_id, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.merchant_id, OLD.created_at) THEN
        RAISE EXCEPTION 'campaign % stays its merchant''s', OLD.id USING ERRCODE = 'LM001';
    END IF;
    IF OLD.status <> NEW.status AND (OLD.status = 'ended' OR NEW.status = 'draft') THEN
        RAISE EXCEPTION 'campaign % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'LM024';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER campaign_guard BEFORE UPDATE ON leads_campaign FOR EACH ROW EXECUTE FUNCTION guard_campaign();

-- Trigger: pending -> active | terminated, active <-> suspended, -> terminated. The side that asked cannot accept, and an
-- influencer grants themselves nothing: they ask with the terms of product.md, "Agreement", and change none.
CREATE FUNCTION guard_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF app_role() = 'influencer' AND (
            NEW.status, NEW.is_invitation, NEW.commission_percentage, NEW.minimum_deposit, NEW.quality_threshold,
            NEW.requires_validation, NEW.auto_payment
        ) IS DISTINCT FROM ('pending', false, 30.00, 2000.00, NULL::numeric, true, true) THEN
            RAISE EXCEPTION 'an influencer asks for the usual terms' USING ERRCODE = 'LM021';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.merchant_id, NEW.influencer_id, NEW.campaign_id, NEW.is_invitation, NEW.created_at) IS DISTINCT FROM (
        OLD.id, OLD.merchant_id, OLD.influencer_id, OLD.campaign_id, OLD.is_invitation, OLD.created_at
    ) THEN
        RAISE EXCEPTION 'the sides of agreement % are fixed', OLD.id USING ERRCODE = 'LM001';
    END IF;
    IF app_role() = 'influencer' AND (
        NEW.commission_percentage, NEW.minimum_deposit, NEW.quality_threshold, NEW.requires_validation, NEW.auto_payment
    ) IS DISTINCT FROM (
        OLD.commission_percentage, OLD.minimum_deposit, OLD.quality_threshold, OLD.requires_validation, OLD.auto_payment
    ) THEN
        RAISE EXCEPTION 'the terms are the merchant''s to grant' USING ERRCODE = 'LM021';
    END IF;
    IF OLD.status <> NEW.status THEN
        IF OLD.status = 'terminated' OR NEW.status = 'pending' OR (OLD.status = 'pending' AND NEW.status = 'suspended') THEN
            RAISE EXCEPTION 'agreement % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'LM024';
        END IF;
        IF (app_role() = 'influencer' AND (OLD.status <> 'pending' OR (NEW.status = 'active' AND NOT OLD.is_invitation)))
            OR (app_role() = 'merchant' AND OLD.status = 'pending' AND NEW.status = 'active' AND OLD.is_invitation)
        THEN
            RAISE EXCEPTION 'this step of agreement % is the other side''s', OLD.id USING ERRCODE = 'LM021';
        END IF;
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER agreement_guard BEFORE INSERT OR UPDATE ON influencer_agreements
FOR EACH ROW EXECUTE FUNCTION guard_agreement();

-- Deposits know campaigns and leads by id only; the keys are held from here.
ALTER TABLE company_deposits ADD CONSTRAINT deposit_campaign_fk
FOREIGN KEY (campaign_id) REFERENCES leads_campaign (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE deposit_transactions ADD CONSTRAINT transaction_lead_fk
FOREIGN KEY (lead_id) REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED;

-- Internal: changes an influencer's balance and writes the entry. Locks: the influencer's balance row.
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

-- Credits the influencer's share of a validated lead as earned, once; payable after p_return_window where the lead's
-- terms say so. Called by leads.services.validate_lead. Raises LM023.
CREATE FUNCTION credit_earning(p_lead_id uuid, p_return_window interval)
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

-- Makes a lead's earned share payable, once. Staff and jobs only. Called by leads.services.earnings. Raises LM023.
CREATE FUNCTION make_earning_payable(p_lead_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    earned leads_earningentry%ROWTYPE;
BEGIN
    PERFORM require_platform_actor();
    SELECT * INTO earned FROM leads_earningentry WHERE lead_id = p_lead_id AND kind = 'earned';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'lead % has no earning', p_lead_id USING ERRCODE = 'LM023';
    END IF;
    PERFORM move_earning(p_lead_id, earned.influencer_id, 'payable', earned.amount, -earned.amount, earned.amount, NULL);
END
$$;

REVOKE EXECUTE ON FUNCTION move_earning(uuid, uuid, text, numeric, numeric, numeric, timestamptz) FROM leadsmarket_web;
REVOKE INSERT, UPDATE, DELETE ON leads_influencerbalance, leads_earningentry FROM leadsmarket_web;
REVOKE UPDATE, DELETE ON lead_validation, leads_leadconsent FROM leadsmarket_web;
REVOKE DELETE ON leads, leads_campaign, campaign_settings, influencer_agreements FROM leadsmarket_web;

-- Row security. A merchant sees and writes its own; an influencer sees its own, and the campaigns open to join.
ALTER TABLE influencer_agreements ENABLE ROW LEVEL SECURITY;
CREATE POLICY agreement_all ON influencer_agreements
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY agreement_merchant ON influencer_agreements
USING (merchant_id = (SELECT app_merchant_id())) WITH CHECK (merchant_id = (SELECT app_merchant_id()));
CREATE POLICY agreement_influencer ON influencer_agreements
USING (influencer_id = (SELECT app_influencer_id())) WITH CHECK (influencer_id = (SELECT app_influencer_id()));

ALTER TABLE leads_campaign ENABLE ROW LEVEL SECURITY;
CREATE POLICY campaign_all ON leads_campaign
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY campaign_merchant ON leads_campaign
USING (merchant_id = (SELECT app_merchant_id())) WITH CHECK (merchant_id = (SELECT app_merchant_id()));
CREATE POLICY campaign_influencer ON leads_campaign FOR SELECT
USING (
    (SELECT app_influencer_id()) IS NOT NULL AND (
        status = 'active' OR EXISTS (
            SELECT 1 FROM influencer_agreements AS a
            WHERE a.influencer_id = (SELECT app_influencer_id()) AND a.merchant_id = leads_campaign.merchant_id
                AND (a.campaign_id = leads_campaign.id OR a.campaign_id IS NULL)
        )
    )
);

ALTER TABLE campaign_settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY campaign_settings_read ON campaign_settings FOR SELECT
USING (EXISTS (SELECT 1 FROM leads_campaign AS c WHERE c.id = campaign_settings.campaign_id));
CREATE POLICY campaign_settings_write ON campaign_settings
USING (
    (SELECT app_sees_all()) OR EXISTS (
        SELECT 1 FROM leads_campaign AS c
        WHERE c.id = campaign_settings.campaign_id AND c.merchant_id = (SELECT app_merchant_id())
    )
) WITH CHECK (
    (SELECT app_sees_all()) OR EXISTS (
        SELECT 1 FROM leads_campaign AS c
        WHERE c.id = campaign_settings.campaign_id AND c.merchant_id = (SELECT app_merchant_id())
    )
);

ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
CREATE POLICY lead_all ON leads USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY lead_merchant_read ON leads FOR SELECT USING (merchant_id = (SELECT app_merchant_id()));
CREATE POLICY lead_merchant_decide ON leads FOR UPDATE
USING (merchant_id = (SELECT app_merchant_id())) WITH CHECK (merchant_id = (SELECT app_merchant_id()));
CREATE POLICY lead_influencer_read ON leads FOR SELECT USING (influencer_id = (SELECT app_influencer_id()));
CREATE POLICY lead_influencer_submit ON leads FOR INSERT
WITH CHECK (influencer_id = (SELECT app_influencer_id()) AND status = 'pending');

ALTER TABLE lead_validation ENABLE ROW LEVEL SECURITY;
CREATE POLICY decision_read ON lead_validation FOR SELECT
USING (EXISTS (SELECT 1 FROM leads AS l WHERE l.id = lead_validation.lead_id));
CREATE POLICY decision_write ON lead_validation FOR INSERT
WITH CHECK (
    (SELECT app_sees_all()) OR EXISTS (
        SELECT 1 FROM leads AS l
        WHERE l.id = lead_validation.lead_id AND l.merchant_id = (SELECT app_merchant_id())
    )
);

ALTER TABLE leads_leadconsent ENABLE ROW LEVEL SECURITY;
CREATE POLICY consent_read ON leads_leadconsent FOR SELECT
USING (EXISTS (SELECT 1 FROM leads AS l WHERE l.id = leads_leadconsent.lead_id));
CREATE POLICY consent_write ON leads_leadconsent FOR INSERT
WITH CHECK (
    (SELECT app_sees_all()) OR EXISTS (
        SELECT 1 FROM leads AS l
        WHERE l.id = leads_leadconsent.lead_id AND l.influencer_id = (SELECT app_influencer_id())
    )
);

ALTER TABLE leads_influencerbalance ENABLE ROW LEVEL SECURITY;
CREATE POLICY influencer_balance_read ON leads_influencerbalance FOR SELECT
USING ((SELECT app_sees_all()) OR influencer_id = (SELECT app_influencer_id()));
ALTER TABLE leads_earningentry ENABLE ROW LEVEL SECURITY;
CREATE POLICY earning_read ON leads_earningentry FOR SELECT
USING ((SELECT app_sees_all()) OR influencer_id = (SELECT app_influencer_id()));

-- Each side sees who it deals with: the merchants of visible campaigns, the influencers under agreement.
CREATE POLICY merchant_of_campaign ON accounts_merchant FOR SELECT
USING (
    (SELECT app_influencer_id()) IS NOT NULL
    AND EXISTS (SELECT 1 FROM leads_campaign AS c WHERE c.merchant_id = accounts_merchant.id)
);
CREATE POLICY influencer_under_agreement ON accounts_influencer FOR SELECT
USING (
    EXISTS (
        SELECT 1 FROM influencer_agreements AS a
        WHERE a.influencer_id = accounts_influencer.id AND a.merchant_id = (SELECT app_merchant_id())
    )
);

CREATE VIEW lead_campaign_stats WITH (security_invoker = true) AS
SELECT
    c.id AS campaign_id,
    c.merchant_id,
    count(l.id)::integer AS total_count,
    (count(*) FILTER (WHERE l.status = 'pending'))::integer AS pending_count,
    (count(*) FILTER (WHERE l.status = 'validated'))::integer AS validated_count,
    (count(*) FILTER (WHERE l.status = 'rejected'))::integer AS rejected_count,
    (count(*) FILTER (WHERE l.status = 'converted'))::integer AS converted_count,
    (count(*) FILTER (WHERE l.status = 'lost'))::integer AS lost_count,
    round(avg(l.quality_score), 2) AS mean_quality_score,
    round(avg(l.estimated_value), 2) AS mean_estimated_value,
    coalesce(sum(l.commission_amount) FILTER (WHERE l.status IN ('validated', 'converted', 'lost')), 0)
    AS commission_amount,
    coalesce(sum(l.influencer_commission_amount) FILTER (WHERE l.status IN ('validated', 'converted', 'lost')), 0)
    AS influencer_commission_amount,
    coalesce(sum(l.actual_value), 0) AS actual_value,
    max(l.created_at) AS last_lead_at
FROM leads_campaign AS c
LEFT JOIN leads AS l ON l.campaign_id = c.id
GROUP BY c.id, c.merchant_id;

CREATE VIEW influencer_lead_performance WITH (security_invoker = true) AS
SELECT
    l.influencer_id,
    count(*)::integer AS total_count,
    (count(*) FILTER (WHERE l.status = 'pending'))::integer AS pending_count,
    (count(*) FILTER (WHERE l.status = 'validated'))::integer AS validated_count,
    (count(*) FILTER (WHERE l.status = 'rejected'))::integer AS rejected_count,
    (count(*) FILTER (WHERE l.status = 'converted'))::integer AS converted_count,
    (count(*) FILTER (WHERE l.status = 'lost'))::integer AS lost_count,
    round(avg(l.quality_score), 2) AS mean_quality_score,
    round(avg(l.estimated_value), 2) AS mean_estimated_value,
    coalesce(sum(l.commission_amount) FILTER (WHERE l.status IN ('validated', 'converted', 'lost')), 0)
    AS commission_amount,
    coalesce(sum(l.influencer_commission_amount) FILTER (WHERE l.status IN ('validated', 'converted', 'lost')), 0)
    AS influencer_commission_amount,
    coalesce(sum(l.actual_value), 0) AS actual_value,
    max(l.created_at) AS last_lead_at
FROM leads AS l
GROUP BY l.influencer_id;
