-- Orders sent to a card acquirer: staff and the platform only, fixed once written.
CREATE TRIGGER card_order_updated_at BEFORE UPDATE ON payments_cardorder
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER card_order_fixed BEFORE UPDATE OF payment_id, oid, fields, created_at ON payments_cardorder
FOR EACH ROW WHEN ((NEW.payment_id, NEW.oid, NEW.fields, NEW.created_at)
    IS DISTINCT FROM (OLD.payment_id, OLD.oid, OLD.fields, OLD.created_at)) EXECUTE FUNCTION refuse_change();
REVOKE DELETE ON payments_cardorder FROM leadsmarket_web;
ALTER TABLE payments_cardorder ENABLE ROW LEVEL SECURITY;
CREATE POLICY card_order_all ON payments_cardorder USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
