-- Gives the deducted commission of a returned lead back, once per lead. Staff and jobs only. Called by
-- leads.services.accept_return. require_lead_movement (leads) knows that the return was accepted.
-- Raises LM010, LM011 (closed), LM013, LM014. Locks: the deposit row.
CREATE FUNCTION refund_commission(p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_lead_movement('refund', p_deposit_id, p_lead_id, p_amount);
    RETURN move_deposit_money(
        p_deposit_id, 'refund', p_amount, p_amount, 0, ARRAY['active', 'depleted', 'suspended'], p_lead_id
    );
END
$$;
