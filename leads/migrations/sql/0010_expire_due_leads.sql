-- Rejects pending leads whose time to decide ended by p_now, at most p_limit of them, the oldest first, with reason `expired`, and
-- records the decisions; returns what must be released. Platform only; called by leads.services.expiry, which releases the
-- commissions in the same transaction. Locks: the leads; one that somebody else has locked is left alone.
CREATE FUNCTION expire_due_leads(p_now timestamptz, p_limit integer)
RETURNS TABLE (lead_id uuid, deposit_id uuid, commission_amount numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_actor();
    RETURN QUERY
    WITH due AS (
        SELECT l.id FROM leads AS l
        WHERE l.status = 'pending' AND l.expires_at <= p_now
        ORDER BY l.expires_at
        LIMIT p_limit
        FOR NO KEY UPDATE SKIP LOCKED
    ), expired AS (
        UPDATE leads AS l
        SET status = 'rejected', rejection_reason = 'expired', decided_at = now()
        FROM due
        WHERE l.id = due.id
        RETURNING l.id, l.deposit_id, l.commission_amount
    ), recorded AS (
        INSERT INTO lead_validation (
            id, lead_id, decision, feedback, rejection_reason, rejection_details, commission_amount, user_id, created_at
        )
        SELECT new_id(), e.id, 'rejected', '', 'expired', '', e.commission_amount, app_user_id(), now()
        FROM expired AS e
    )
    SELECT e.id, e.deposit_id, e.commission_amount FROM expired AS e;
END
$$;
