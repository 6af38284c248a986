-- A lead's state and the money behind it go together whoever writes: nobody but the services of leads does, but the policies let a
-- merchant update its leads, so that an injected statement could decide one without paying.

-- Trigger, at the commit: a lead that came in holds a reservation; one that left `pending` has its deduction or release, the
-- decision that says who and why, and the influencer's share where it was validated. Runs as owner: at the commit nobody may be
-- the actor any more. Always by index: a plan made while the tables are small would be kept while a batch makes them grow.
-- Raises LM026.
CREATE FUNCTION require_lead_is_booked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM deposit_transactions WHERE lead_id = NEW.id AND kind = 'reservation') THEN
            RAISE EXCEPTION 'lead % holds no reservation', NEW.id USING ERRCODE = 'LM026';
        END IF;
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT FROM deposit_transactions
        WHERE lead_id = NEW.id AND kind IN ('release', 'deduction')
            AND kind = CASE NEW.status WHEN 'rejected' THEN 'release' ELSE 'deduction' END
    ) OR NOT EXISTS (
        SELECT FROM lead_validation
        WHERE lead_id = NEW.id AND decision IN ('validated', 'rejected')
            AND decision = CASE NEW.status WHEN 'rejected' THEN 'rejected' ELSE 'validated' END
    ) OR (
        NEW.status <> 'rejected' AND NEW.influencer_commission_amount > 0
        AND NOT EXISTS (SELECT FROM leads_earningentry WHERE lead_id = NEW.id AND kind = 'earned')
    ) THEN
        RAISE EXCEPTION 'lead % is % without the movement, decision or share of that', NEW.id, NEW.status
            USING ERRCODE = 'LM026';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER lead_is_booked AFTER UPDATE OF status ON leads
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (OLD.status = 'pending' AND NEW.status <> 'pending') EXECUTE FUNCTION require_lead_is_booked();

-- Rows that the owner's log-in loads in bulk (demonstration, restore) bring their movements along; the reconciliation reads them.
CREATE CONSTRAINT TRIGGER new_lead_is_booked AFTER INSERT ON leads
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (row_security_active('leads')) EXECUTE FUNCTION require_lead_is_booked();
