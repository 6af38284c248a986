-- Documents about periods: what was issued stays, who sees which.

-- Trigger: a document is never changed, but for its file, which is set once; statements are never deleted. Raises LM001.
CREATE FUNCTION guard_period_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.kind <> 'report' THEN
            RAISE EXCEPTION 'statement % is issued', OLD.number USING ERRCODE = 'LM001';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.file <> '' OR (
        NEW.id, NEW.kind, NEW.merchant_id, NEW.influencer_id, NEW.first, NEW.last, NEW.number, NEW.language, NEW.data,
        NEW.data_sha256, NEW.created_at
    ) IS DISTINCT FROM (
        OLD.id, OLD.kind, OLD.merchant_id, OLD.influencer_id, OLD.first, OLD.last, OLD.number, OLD.language, OLD.data,
        OLD.data_sha256, OLD.created_at
    ) THEN
        RAISE EXCEPTION 'document % is issued', OLD.number USING ERRCODE = 'LM001';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER period_document_guard BEFORE UPDATE OR DELETE ON payments_perioddocument
FOR EACH ROW EXECUTE FUNCTION guard_period_document();

ALTER TABLE payments_perioddocument ENABLE ROW LEVEL SECURITY;
CREATE POLICY period_document_all ON payments_perioddocument
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY period_document_read ON payments_perioddocument FOR SELECT
USING (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()));
