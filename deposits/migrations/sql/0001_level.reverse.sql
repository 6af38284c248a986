DROP FUNCTION deposit_alert_level(numeric, numeric, numeric, numeric);
DROP FUNCTION deposit_is_depleted(numeric, numeric, numeric);
DROP FUNCTION deposit_gauge_percentage(numeric, numeric);
