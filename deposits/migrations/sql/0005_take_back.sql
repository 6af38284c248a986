-- Locks a deposit and returns its available balance, before a refund or chargeback takes up to that much of it.
-- Staff and jobs only. Called by deposits.services.take_back_from_deposit. Raises LM010, LM013.
CREATE FUNCTION lock_available_balance(p_deposit_id uuid)
RETURNS numeric LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    available numeric;
BEGIN
    PERFORM require_platform_actor();
    SELECT available_balance INTO available FROM company_deposits WHERE id = p_deposit_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no deposit %', p_deposit_id USING ERRCODE = 'LM010';
    END IF;
    RETURN available;
END
$$;
