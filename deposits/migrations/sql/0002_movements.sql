-- The one place where deposit money moves. Each function locks the deposit row by its guarded UPDATE and writes the
-- movement; all run with the rights of the tables' owner, because the web role may only read them.
-- Raises: LM010 no such deposit, LM011 suspended, closed or unpaid, LM012 available balance too small,
-- LM013 not this actor's to do, LM014 doesn't fit its lead, LM015 amount not positive. A movement made already breaks a
-- unique constraint. Lock order: lead, deposits (by id), campaign, earning; see docs/locking.md.

-- What a movement did. Levels and statuses before and after tell the caller whether there is a change to announce.
CREATE TYPE deposit_movement AS (
    merchant_id uuid,
    current_balance numeric,
    reserved_amount numeric,
    available_balance numeric,
    level_before text,
    level_after text,
    status_before text,
    status_after text
);

-- active or depleted, by the balance; the other statuses stay until somebody changes them.
CREATE FUNCTION deposit_status_for(
    status varchar, current_balance numeric, reserved_amount numeric, smallest_commission numeric
)
RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN status NOT IN ('active', 'depleted') THEN status
    WHEN deposit_is_depleted(current_balance, reserved_amount, smallest_commission) THEN 'depleted'
    ELSE 'active'
END;

-- Says why a movement found no row to change. Reads without a lock: the refusal stands whatever happens next.
CREATE FUNCTION raise_deposit_refusal(p_deposit_id uuid, p_statuses text [], p_amount numeric)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found_status text;
BEGIN
    SELECT status INTO found_status FROM company_deposits WHERE id = p_deposit_id;
    IF found_status IS NULL THEN
        RAISE EXCEPTION 'no deposit %', p_deposit_id USING ERRCODE = 'LM010';
    ELSIF found_status <> ALL (p_statuses) AND found_status <> 'depleted' THEN
        RAISE EXCEPTION 'deposit % is %', p_deposit_id, found_status USING ERRCODE = 'LM011';
    END IF;
    RAISE EXCEPTION 'deposit % cannot give %', p_deposit_id, p_amount USING ERRCODE = 'LM012';
END
$$;

-- Internal: one movement. Not callable by the web role; the functions below say what each kind may do.
-- p_statuses: the statuses in which the movement is possible. Locks: the deposit row.
CREATE FUNCTION move_deposit_money(
    p_deposit_id uuid, p_kind text, p_amount numeric, p_balance_change numeric, p_reserved_change numeric,
    p_statuses text [], p_lead_id uuid DEFAULT NULL, p_payment_id uuid DEFAULT NULL, p_payment_method text DEFAULT '',
    p_payment_reference text DEFAULT '', p_reason text DEFAULT ''
)
RETURNS deposit_movement LANGUAGE plpgsql AS $$
DECLARE
    after company_deposits%ROWTYPE;
    initial_before numeric;
    result deposit_movement;
BEGIN
    IF p_amount IS NULL OR p_amount = 0 OR (p_amount < 0 AND p_kind <> 'adjustment') THEN
        RAISE EXCEPTION 'amount % of a % is not positive', p_amount, p_kind USING ERRCODE = 'LM015';
    END IF;
    IF p_kind = 'recharge' THEN
        -- The only kind that changes the 100 % of a gauge in use.
        SELECT initial_amount INTO initial_before FROM company_deposits WHERE id = p_deposit_id FOR NO KEY UPDATE;
    END IF;

    UPDATE company_deposits AS d
    SET current_balance = d.current_balance + p_balance_change,
        reserved_amount = d.reserved_amount + p_reserved_change,
        initial_amount = CASE p_kind
            WHEN 'recharge' THEN greatest(d.initial_amount, d.current_balance + p_balance_change)
            WHEN 'initial' THEN p_amount
            ELSE d.initial_amount
        END,
        movement_count = d.movement_count + 1,
        status = deposit_status_for(
            CASE WHEN p_kind = 'initial' THEN 'active' ELSE d.status END,
            d.current_balance + p_balance_change, d.reserved_amount + p_reserved_change, d.smallest_commission_amount
        ),
        updated_at = now()
    WHERE d.id = p_deposit_id
        AND d.status = ANY (p_statuses)
        AND d.reserved_amount + p_reserved_change >= 0
        AND d.current_balance + p_balance_change >= d.reserved_amount + p_reserved_change
    RETURNING d.* INTO after;
    IF NOT FOUND THEN
        PERFORM raise_deposit_refusal(p_deposit_id, p_statuses, p_amount);
    END IF;

    INSERT INTO deposit_transactions (
        id, deposit_id, merchant_id, sequence, kind, amount, balance_before, balance_after, reserved_before, reserved_after,
        lead_id, payment_id, payment_method, payment_reference, reason, user_id, created_at
    ) VALUES (
        new_id(), after.id, after.merchant_id, after.movement_count, p_kind, p_amount,
        after.current_balance - p_balance_change, after.current_balance,
        after.reserved_amount - p_reserved_change, after.reserved_amount,
        p_lead_id, p_payment_id, p_payment_method, p_payment_reference, p_reason, app_user_id(), now()
    );

    result.merchant_id := after.merchant_id;
    result.current_balance := after.current_balance;
    result.reserved_amount := after.reserved_amount;
    result.available_balance := after.available_balance;
    result.level_before := deposit_alert_level(
        after.current_balance - p_balance_change, after.reserved_amount - p_reserved_change,
        coalesce(initial_before, after.initial_amount), after.smallest_commission_amount
    );
    result.level_after := after.alert_level;
    result.status_before := CASE
        WHEN p_kind = 'initial' THEN 'awaiting_payment'
        ELSE deposit_status_for(
            after.status, after.current_balance - p_balance_change, after.reserved_amount - p_reserved_change,
            after.smallest_commission_amount
        )
    END;
    result.status_after := after.status;
    RETURN result;
END
$$;

-- Internal: staff and jobs only.
CREATE FUNCTION require_platform_actor() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT app_sees_all() THEN
        RAISE EXCEPTION 'role % may not move this money', app_role() USING ERRCODE = 'LM013';
    END IF;
END
$$;

-- Holds a commission for a pending lead. Called by leads.services.create_lead. An influencer, who may not know the
-- merchant's balance, gets no amounts back. require_lead_movement (leads) knows what the lead allows.
CREATE FUNCTION reserve_commission(p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    result deposit_movement;
BEGIN
    PERFORM require_lead_movement('reservation', p_deposit_id, p_lead_id, p_amount);
    result := move_deposit_money(p_deposit_id, 'reservation', p_amount, 0, p_amount, ARRAY['active'], p_lead_id);
    IF NOT app_sees_all() THEN
        result.current_balance := NULL;
        result.reserved_amount := NULL;
        result.available_balance := NULL;
    END IF;
    RETURN result;
END
$$;

-- Takes a reserved commission when its lead is validated. Called by leads.services.validate_lead.
CREATE FUNCTION deduct_commission(p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_lead_movement('deduction', p_deposit_id, p_lead_id, p_amount);
    RETURN move_deposit_money(
        p_deposit_id, 'deduction', p_amount, -p_amount, -p_amount, ARRAY['active', 'depleted', 'suspended'], p_lead_id
    );
END
$$;

-- Gives a reserved commission back when its lead is rejected or expires. Called by leads.services.
CREATE FUNCTION release_commission(p_deposit_id uuid, p_lead_id uuid, p_amount numeric)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_lead_movement('release', p_deposit_id, p_lead_id, p_amount);
    RETURN move_deposit_money(
        p_deposit_id, 'release', p_amount, 0, -p_amount, ARRAY['active', 'depleted', 'suspended'], p_lead_id
    );
END
$$;

-- Internal: the merchant of the deposit, staff and jobs.
CREATE FUNCTION require_decider(p_merchant_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT app_sees_all() AND coalesce(app_merchant_id() <> p_merchant_id, true) THEN
        RAISE EXCEPTION 'this deposit is not the actor''s' USING ERRCODE = 'LM013';
    END IF;
END
$$;

-- Locks a merchant's deposits, by id, before a campaign is changed or a deposit added: a movement that depletes a deposit
-- holds it while it pauses campaigns, so whoever starts from the campaign must take the deposits first too.
CREATE FUNCTION lock_deposits_of_merchant(p_merchant_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_decider(p_merchant_id);
    PERFORM 1 FROM company_deposits WHERE merchant_id = p_merchant_id ORDER BY id FOR NO KEY UPDATE;
END
$$;

-- Makes a deposit that waits for its first payment; holds no money yet. Called by deposits.services.open_deposit.
-- Locks the merchant's other deposits, whose campaigns it may take over.
CREATE FUNCTION create_deposit(p_merchant_id uuid, p_campaign_id uuid, p_initial_amount numeric, p_smallest_commission numeric)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_deposit_id uuid := new_id();
BEGIN
    PERFORM lock_deposits_of_merchant(p_merchant_id);
    INSERT INTO company_deposits (
        id, merchant_id, campaign_id, status, current_balance, reserved_amount, initial_amount, smallest_commission_amount,
        movement_count, created_at, updated_at
    ) VALUES (
        new_deposit_id, p_merchant_id, p_campaign_id, 'awaiting_payment', 0, 0, p_initial_amount, p_smallest_commission,
        0, now(), now()
    );
    RETURN new_deposit_id;
END
$$;

-- Credits the first payment of a deposit and makes it active. Called by deposits.services.open_deposit.
CREATE FUNCTION open_deposit(
    p_deposit_id uuid, p_amount numeric, p_payment_id uuid, p_payment_method text, p_payment_reference text
)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_actor();
    RETURN move_deposit_money(
        p_deposit_id, 'initial', p_amount, p_amount, 0, ARRAY['awaiting_payment'], NULL,
        p_payment_id, p_payment_method, p_payment_reference
    );
END
$$;

-- Credits a settled payment. Called by deposits.services.recharge_deposit.
CREATE FUNCTION recharge_deposit(
    p_deposit_id uuid, p_amount numeric, p_payment_id uuid, p_payment_method text, p_payment_reference text
)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_actor();
    RETURN move_deposit_money(
        p_deposit_id, 'recharge', p_amount, p_amount, 0, ARRAY['active', 'depleted', 'suspended'], NULL,
        p_payment_id, p_payment_method, p_payment_reference
    );
END
$$;

-- Corrects a balance by a signed amount, with a reason. Called by deposits.services.adjust_deposit.
CREATE FUNCTION adjust_deposit(p_deposit_id uuid, p_amount numeric, p_reason text)
RETURNS deposit_movement LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_actor();
    RETURN move_deposit_money(
        p_deposit_id, 'adjustment', p_amount, p_amount, 0, ARRAY['active', 'depleted', 'suspended'],
        p_reason => p_reason
    );
END
$$;

-- Suspends a deposit (p_suspended) or lets it work again with the status that its balance asks for.
-- Returns the status; repeating changes nothing.
CREATE FUNCTION set_deposit_suspended(p_deposit_id uuid, p_suspended boolean)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_status text;
BEGIN
    PERFORM require_platform_actor();
    UPDATE company_deposits AS d
    SET status = CASE
        WHEN p_suspended THEN 'suspended'
        ELSE deposit_status_for('active', d.current_balance, d.reserved_amount, d.smallest_commission_amount)
    END,
    updated_at = now()
    WHERE d.id = p_deposit_id AND d.status IN ('active', 'depleted', 'suspended')
    RETURNING d.status INTO new_status;
    IF NOT FOUND THEN
        PERFORM raise_deposit_refusal(p_deposit_id, ARRAY['active', 'depleted', 'suspended'], 0);
    END IF;
    RETURN new_status;
END
$$;

-- Tells a deposit the least that its campaigns can ask now, which may deplete or revive it. Amounts do not move.
-- Returns the status before and after, or nulls where nothing changed. Called by deposits.services.
CREATE FUNCTION set_deposit_smallest_commission(
    p_deposit_id uuid, p_amount numeric, OUT status_before text, OUT status_after text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    owner_id uuid;
BEGIN
    SELECT merchant_id INTO owner_id FROM company_deposits WHERE id = p_deposit_id;
    PERFORM require_decider(owner_id);
    SELECT d.status INTO status_before
    FROM company_deposits AS d
    WHERE d.id = p_deposit_id AND d.smallest_commission_amount <> p_amount
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE company_deposits AS d
    SET smallest_commission_amount = p_amount,
        status = deposit_status_for(d.status, d.current_balance, d.reserved_amount, p_amount),
        updated_at = now()
    WHERE d.id = p_deposit_id
    RETURNING d.status INTO status_after;
END
$$;

REVOKE EXECUTE ON FUNCTION
    move_deposit_money(uuid, text, numeric, numeric, numeric, text [], uuid, uuid, text, text, text)
FROM leadsmarket_web;

ALTER TABLE company_deposits SET (fillfactor = 50);
CREATE TRIGGER deposit_transaction_append_only BEFORE UPDATE OR DELETE ON deposit_transactions
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Nobody but the functions above writes: not the admin, not a forgotten save().
REVOKE INSERT, UPDATE, DELETE ON company_deposits FROM leadsmarket_web;
REVOKE INSERT, UPDATE, DELETE ON deposit_transactions FROM leadsmarket_web;

ALTER TABLE company_deposits ENABLE ROW LEVEL SECURITY;
CREATE POLICY deposit_read ON company_deposits FOR SELECT
USING ((SELECT app_sees_all()) OR merchant_id = (SELECT app_merchant_id()));
ALTER TABLE deposit_transactions ENABLE ROW LEVEL SECURITY;
CREATE POLICY transaction_read ON deposit_transactions FOR SELECT
USING ((SELECT app_sees_all()) OR merchant_id = (SELECT app_merchant_id()));

-- One row per merchant with deposits, summed over those not closed; deposited and spent over all of them. MAD.
CREATE VIEW merchant_deposit_balances WITH (security_invoker = true) AS
SELECT
    d.merchant_id,
    count(*) FILTER (WHERE d.status <> 'closed')::integer AS deposit_count,
    sum(d.current_balance) AS current_balance,
    sum(d.reserved_amount) AS reserved_amount,
    sum(d.available_balance) AS available_balance,
    coalesce(sum(d.initial_amount) FILTER (WHERE d.status <> 'closed'), 0) AS initial_amount,
    coalesce(sum(t.deposited), 0) AS total_deposited,
    coalesce(sum(t.spent), 0) AS total_spent
FROM company_deposits AS d
LEFT JOIN LATERAL (
    SELECT
        sum(amount) FILTER (WHERE kind IN ('initial', 'recharge')) AS deposited,
        sum(CASE kind WHEN 'deduction' THEN amount WHEN 'refund' THEN -amount END) AS spent
    FROM deposit_transactions
    WHERE deposit_id = d.id
) AS t ON true
GROUP BY d.merchant_id;
