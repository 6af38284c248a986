DROP FUNCTION lock_available_balance(uuid);
