DROP POLICY delivery_own ON alerts_delivery;
DROP POLICY delivery_all ON alerts_delivery;
ALTER TABLE alerts_delivery DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON alerts_delivery TO leadsmarket_web;
DROP TRIGGER delivery_updated_at ON alerts_delivery;
