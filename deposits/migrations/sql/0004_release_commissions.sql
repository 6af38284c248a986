-- Gives many reserved commissions back in one statement per batch: same rules, movements and answer as release_commission, for
-- each deposit once. The arrays belong together: lead, its deposit, its amount. Platform only; called by
-- deposits.services.release_commissions. Locks: the deposits, in the order of their ids.
-- Raises: LM010 a deposit that doesn't exist, LM011 one that is closed or unpaid, LM013 not this actor's to do, LM014 not the
-- lead's deposit, amount or state.
CREATE FUNCTION release_commissions(p_lead_ids uuid [], p_deposit_ids uuid [], p_amounts numeric [])
RETURNS TABLE (
    deposit_id uuid, merchant_id uuid, current_balance numeric, reserved_amount numeric, available_balance numeric,
    level_before text, level_after text, status_before text, status_after text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    impossible record;
BEGIN
    PERFORM require_platform_actor();
    PERFORM 1 FROM company_deposits WHERE id = ANY (p_deposit_ids) ORDER BY id FOR NO KEY UPDATE;
    SELECT wanted.id, d.status INTO impossible
    FROM unnest(p_deposit_ids) AS wanted (id)
    LEFT JOIN company_deposits AS d ON d.id = wanted.id
    WHERE d.status IS NULL OR d.status NOT IN ('active', 'depleted', 'suspended')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'deposit % is %', impossible.id, coalesce(impossible.status, 'unknown')
            USING ERRCODE = CASE WHEN impossible.status IS NULL THEN 'LM010' ELSE 'LM011' END;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(p_lead_ids, p_deposit_ids, p_amounts) AS r (lead_id, deposit_id, amount)
        LEFT JOIN leads AS l ON l.id = r.lead_id
        WHERE (l.deposit_id, l.commission_amount, l.status::text) IS DISTINCT FROM (r.deposit_id, r.amount, 'rejected')
    ) THEN
        RAISE EXCEPTION 'a release does not fit its lead' USING ERRCODE = 'LM014';
    END IF;

    RETURN QUERY
    WITH released AS (
        SELECT
            r.lead_id, r.deposit_id, r.amount,
            sum(r.amount) OVER deposit AS amount_so_far,
            row_number() OVER deposit AS number
        FROM unnest(p_lead_ids, p_deposit_ids, p_amounts) AS r (lead_id, deposit_id, amount)
        WINDOW deposit AS (PARTITION BY r.deposit_id ORDER BY r.lead_id)
    ), total AS (
        SELECT r.deposit_id, sum(r.amount) AS amount, count(*)::integer AS number FROM released AS r GROUP BY r.deposit_id
    ), changed AS (
        UPDATE company_deposits AS d
        SET reserved_amount = d.reserved_amount - t.amount,
            movement_count = d.movement_count + t.number,
            status = deposit_status_for(
                d.status, d.current_balance, d.reserved_amount - t.amount, d.smallest_commission_amount
            ),
            updated_at = now()
        FROM total AS t
        WHERE d.id = t.deposit_id
        RETURNING d.*, t.amount AS released_amount, t.number AS released_number
    ), moved AS (
        INSERT INTO deposit_transactions (
            id, deposit_id, merchant_id, sequence, kind, amount, balance_before, balance_after, reserved_before,
            reserved_after, lead_id, payment_method, payment_reference, reason, user_id, created_at
        )
        SELECT
            new_id(), c.id, c.merchant_id, c.movement_count - c.released_number + r.number, 'release', r.amount,
            c.current_balance, c.current_balance,
            c.reserved_amount + c.released_amount - r.amount_so_far + r.amount,
            c.reserved_amount + c.released_amount - r.amount_so_far,
            r.lead_id, '', '', '', app_user_id(), now()
        FROM released AS r
        JOIN changed AS c ON c.id = r.deposit_id
    )
    SELECT
        c.id, c.merchant_id, c.current_balance, c.reserved_amount, c.available_balance,
        deposit_alert_level(
            c.current_balance, c.reserved_amount + c.released_amount, c.initial_amount, c.smallest_commission_amount
        )::text,
        c.alert_level::text,
        deposit_status_for(
            c.status, c.current_balance, c.reserved_amount + c.released_amount, c.smallest_commission_amount
        )::text,
        c.status::text
    FROM changed AS c
    ORDER BY c.id;
END
$$;
