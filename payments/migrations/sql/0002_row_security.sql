-- Payments: foreign key from below, append-only rows, who sees and writes what.
ALTER TABLE deposit_transactions ADD CONSTRAINT transaction_payment_fk
FOREIGN KEY (payment_id) REFERENCES payments_payment (id) DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER payment_updated_at BEFORE UPDATE ON payments_payment
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER webhook_event_updated_at BEFORE UPDATE ON payments_webhookevent
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER review_item_updated_at BEFORE UPDATE ON payments_reviewitem
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER receivable_updated_at BEFORE UPDATE ON payments_receivable
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER reversal_append_only BEFORE UPDATE OR DELETE ON payments_paymentreversal
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receivable_settlement_append_only BEFORE UPDATE OR DELETE ON payments_receivablesettlement
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Trigger: a payment's amount and target are what was asked; once settled it stays settled. Raises LM001.
CREATE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.merchant_id, NEW.deposit_id, NEW.method, NEW.amount, NEW.reference, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.merchant_id, OLD.deposit_id, OLD.method, OLD.amount, OLD.reference, OLD.created_at)
        OR (
            OLD.status = 'settled' AND (NEW.status, NEW.credited_amount, NEW.ledger_key, NEW.settled_at)
            IS DISTINCT FROM (OLD.status, OLD.credited_amount, OLD.ledger_key, OLD.settled_at)
        )
    THEN
        RAISE EXCEPTION 'payment % is fixed', OLD.reference USING ERRCODE = 'LM001';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_guard BEFORE UPDATE ON payments_payment FOR EACH ROW EXECUTE FUNCTION guard_payment();

-- Trigger: what a provider sent stays as it came. Raises LM001.
CREATE FUNCTION guard_webhook_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.provider, NEW.event_id, NEW.body) IS DISTINCT FROM (OLD.provider, OLD.event_id, OLD.body) THEN
        RAISE EXCEPTION 'event % stays as it came', OLD.id USING ERRCODE = 'LM001';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER webhook_event_guard BEFORE UPDATE ON payments_webhookevent
FOR EACH ROW EXECUTE FUNCTION guard_webhook_event();

-- Trigger: a receipt is never changed, but for its file, which is set once. Raises LM001.
CREATE FUNCTION guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.file <> '' OR (
        NEW.id, NEW.payment_id, NEW.merchant_id, NEW.year, NEW.serial, NEW.number, NEW.amount, NEW.language, NEW.data,
        NEW.created_at
    ) IS DISTINCT FROM (
        OLD.id, OLD.payment_id, OLD.merchant_id, OLD.year, OLD.serial, OLD.number, OLD.amount, OLD.language, OLD.data,
        OLD.created_at
    ) THEN
        RAISE EXCEPTION 'receipt % is issued', OLD.number USING ERRCODE = 'LM001';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER receipt_guard BEFORE UPDATE ON payments_receipt FOR EACH ROW EXECUTE FUNCTION guard_receipt();

REVOKE DELETE ON payments_payment, payments_webhookevent, payments_reviewitem, payments_receipt, payments_receiptseries,
payments_receivable FROM leadsmarket_web;
REVOKE UPDATE, DELETE ON payments_paymentreversal, payments_receivablesettlement FROM leadsmarket_web;

ALTER TABLE payments_payment ENABLE ROW LEVEL SECURITY;
CREATE POLICY payment_all ON payments_payment USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY payment_read ON payments_payment FOR SELECT USING (merchant_id = (SELECT app_merchant_id()));
CREATE POLICY payment_start ON payments_payment FOR INSERT
WITH CHECK (merchant_id = (SELECT app_merchant_id()) AND status = 'created');

ALTER TABLE payments_receipt ENABLE ROW LEVEL SECURITY;
CREATE POLICY receipt_all ON payments_receipt USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY receipt_read ON payments_receipt FOR SELECT USING (merchant_id = (SELECT app_merchant_id()));

ALTER TABLE payments_receivable ENABLE ROW LEVEL SECURITY;
CREATE POLICY receivable_all ON payments_receivable USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY receivable_read ON payments_receivable FOR SELECT USING (merchant_id = (SELECT app_merchant_id()));

ALTER TABLE payments_paymentreversal ENABLE ROW LEVEL SECURITY;
CREATE POLICY reversal_all ON payments_paymentreversal
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY reversal_read ON payments_paymentreversal FOR SELECT
USING (EXISTS (SELECT 1 FROM payments_payment AS p WHERE p.id = payments_paymentreversal.payment_id));

ALTER TABLE payments_receivablesettlement ENABLE ROW LEVEL SECURITY;
CREATE POLICY receivable_settlement_all ON payments_receivablesettlement
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY receivable_settlement_read ON payments_receivablesettlement FOR SELECT
USING (EXISTS (SELECT 1 FROM payments_receivable AS r WHERE r.id = payments_receivablesettlement.receivable_id));

-- Staff and jobs only.
ALTER TABLE payments_webhookevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_event_all ON payments_webhookevent
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE payments_reviewitem ENABLE ROW LEVEL SECURITY;
CREATE POLICY review_item_all ON payments_reviewitem
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE payments_receiptseries ENABLE ROW LEVEL SECURITY;
CREATE POLICY receipt_series_all ON payments_receiptseries
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
