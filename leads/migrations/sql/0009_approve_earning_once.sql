-- Makes a lead's earned share payable, once. Staff and jobs only. Called by leads.services.earnings. Raises LM023: nothing
-- earned, or payable already. Locks: the influencer's balance, before it looks, so that staff and the hourly job agree.
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
