DROP FUNCTION empty_notifications(uuid []);
CREATE OR REPLACE FUNCTION guard_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'notifications are not deleted' USING ERRCODE = 'LM001';
    END IF;
    IF OLD.read_at IS NOT NULL OR to_jsonb(NEW) - 'read_at' <> to_jsonb(OLD) - 'read_at' THEN
        RAISE EXCEPTION 'notification % can only be read, once', OLD.id USING ERRCODE = 'LM001';
    END IF;
    RETURN NEW;
END
$$;
