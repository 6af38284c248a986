DROP FUNCTION refund_commission(uuid, uuid, numeric);
