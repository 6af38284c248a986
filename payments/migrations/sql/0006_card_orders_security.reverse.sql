DROP POLICY card_order_all ON payments_cardorder;
ALTER TABLE payments_cardorder DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON payments_cardorder TO leadsmarket_web;
DROP TRIGGER card_order_fixed ON payments_cardorder;
DROP TRIGGER card_order_updated_at ON payments_cardorder;
