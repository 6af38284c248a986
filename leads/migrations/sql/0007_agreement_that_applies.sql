-- Everything that create_lead and the commission preview must know, in one round trip. No row: no such campaign.
-- An agreement for the campaign itself goes before one for all campaigns; one that is only asked for or offered goes last.
-- p_email in lower case, p_phone in E.164; both may be empty for a preview. is_own_contact: the address or number is the
-- influencer's or one of the merchant's team.
CREATE OR REPLACE FUNCTION lead_terms(
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
        ORDER BY g.status = 'pending', g.campaign_id NULLS LAST
        LIMIT 1
    ) AS a ON true
    LEFT JOIN company_deposits AS d ON d.id = deposit_of_campaign(c.merchant_id, c.id)
    WHERE c.id = p_campaign_id AND (c.status <> 'draft' OR a.id IS NOT NULL);
END
$$;
