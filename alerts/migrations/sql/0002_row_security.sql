-- Deliveries: staff and jobs write; a person sees what was sent to them.
CREATE TRIGGER delivery_updated_at BEFORE UPDATE ON alerts_delivery
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE DELETE ON alerts_delivery FROM leadsmarket_web;
ALTER TABLE alerts_delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY delivery_all ON alerts_delivery USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY delivery_own ON alerts_delivery FOR SELECT USING (user_id = (SELECT app_user_id()));
