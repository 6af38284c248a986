-- The one definition of gauge and alert level (product.md, "Alert levels"). Used by generated columns, so IMMUTABLE.

-- Share of the deposit left, in percent, at most 100.00.
CREATE FUNCTION deposit_gauge_percentage(current_balance numeric, initial_amount numeric)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(round(current_balance * 100 / initial_amount, 2), 100);

-- Depleted: no money, or dust that cannot pay the smallest commission while nothing is reserved.
CREATE FUNCTION deposit_is_depleted(current_balance numeric, reserved_amount numeric, smallest_commission numeric)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN current_balance = 0 OR (reserved_amount = 0 AND current_balance < smallest_commission);

-- healthy, attention, warning, critical or depleted. Compares unrounded shares.
CREATE FUNCTION deposit_alert_level(
    current_balance numeric, reserved_amount numeric, initial_amount numeric, smallest_commission numeric
)
RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN deposit_is_depleted(current_balance, reserved_amount, smallest_commission) THEN 'depleted'
    WHEN current_balance * 10 <= initial_amount THEN 'critical'
    WHEN current_balance * 5 <= initial_amount THEN 'warning'
    WHEN current_balance * 2 <= initial_amount THEN 'attention'
    ELSE 'healthy'
END;
