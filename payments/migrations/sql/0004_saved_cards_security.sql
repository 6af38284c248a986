-- Saved cards and auto-recharge: whose they are, and who sees and writes them.
CREATE TRIGGER stripe_customer_updated_at BEFORE UPDATE ON payments_stripecustomer
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER saved_card_updated_at BEFORE UPDATE ON payments_savedcard
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER auto_recharge_updated_at BEFORE UPDATE ON payments_autorecharge
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- A repeat under the same key must charge the same card.
CREATE TRIGGER payment_card_fixed BEFORE UPDATE OF card_id ON payments_payment
FOR EACH ROW WHEN (OLD.card_id IS DISTINCT FROM NEW.card_id) EXECUTE FUNCTION refuse_change();

-- Trigger: a card is kept with a payment of its merchant. Raises LM031.
CREATE FUNCTION guard_saved_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.merchant_id IS DISTINCT FROM (SELECT p.merchant_id FROM payments_payment AS p WHERE p.id = NEW.payment_id) THEN
        RAISE EXCEPTION 'card and payment are not one merchant''s' USING ERRCODE = 'LM031';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER saved_card_guard BEFORE INSERT OR UPDATE OF merchant_id, payment_id ON payments_savedcard
FOR EACH ROW EXECUTE FUNCTION guard_saved_card();

-- Trigger: an auto-recharge charges a card of the deposit's merchant. Raises LM031.
CREATE FUNCTION guard_auto_recharge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.merchant_id IS DISTINCT FROM (SELECT d.merchant_id FROM company_deposits AS d WHERE d.id = NEW.deposit_id)
        OR NEW.merchant_id IS DISTINCT FROM (SELECT c.merchant_id FROM payments_savedcard AS c WHERE c.id = NEW.card_id)
    THEN
        RAISE EXCEPTION 'auto-recharge, deposit and card are not one merchant''s' USING ERRCODE = 'LM031';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER auto_recharge_guard BEFORE INSERT OR UPDATE OF merchant_id, deposit_id, card_id ON payments_autorecharge
FOR EACH ROW EXECUTE FUNCTION guard_auto_recharge();

-- Trigger: an off-session charge goes to a card of the payment's merchant. Raises LM031.
CREATE FUNCTION guard_charged_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.merchant_id IS DISTINCT FROM (SELECT c.merchant_id FROM payments_savedcard AS c WHERE c.id = NEW.card_id) THEN
        RAISE EXCEPTION 'payment and card are not one merchant''s' USING ERRCODE = 'LM031';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_card_guard BEFORE INSERT ON payments_payment
FOR EACH ROW WHEN (NEW.card_id IS NOT NULL) EXECUTE FUNCTION guard_charged_card();

REVOKE DELETE ON payments_stripecustomer, payments_savedcard, payments_autorecharge FROM leadsmarket_web;

-- Written by the platform only, after the service has checked that the person is the company's owner.
ALTER TABLE payments_stripecustomer ENABLE ROW LEVEL SECURITY;
CREATE POLICY stripe_customer_all ON payments_stripecustomer
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE payments_savedcard ENABLE ROW LEVEL SECURITY;
CREATE POLICY saved_card_all ON payments_savedcard USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY saved_card_read ON payments_savedcard FOR SELECT USING (merchant_id = (SELECT app_merchant_id()));
ALTER TABLE payments_autorecharge ENABLE ROW LEVEL SECURITY;
CREATE POLICY auto_recharge_all ON payments_autorecharge
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY auto_recharge_read ON payments_autorecharge FOR SELECT USING (merchant_id = (SELECT app_merchant_id()));
