-- Trigger: a notification says what it said; it may be read, once, and emptied by empty_notifications. Raises LM001.
CREATE OR REPLACE FUNCTION guard_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'notifications are not deleted' USING ERRCODE = 'LM001';
    END IF;
    IF NOT row_security_active('alerts_notification') AND NEW.title = '—' AND NEW.body = '—'
        AND to_jsonb(NEW) - 'title' - 'body' = to_jsonb(OLD) - 'title' - 'body'
    THEN
        RETURN NEW;
    END IF;
    IF OLD.read_at IS NOT NULL OR to_jsonb(NEW) - 'read_at' <> to_jsonb(OLD) - 'read_at' THEN
        RAISE EXCEPTION 'notification % can only be read, once', OLD.id USING ERRCODE = 'LM001';
    END IF;
    RETURN NEW;
END
$$;

-- Empties notifications that name a person who was erased (law 09-08). Platform only; called by alerts.privacy_receivers.
-- Locks: the rows. Raises LM013 not this actor's to do.
CREATE FUNCTION empty_notifications(p_ids uuid [])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_actor();
    UPDATE alerts_notification SET title = '—', body = '—' WHERE id = ANY (p_ids) AND (title, body) <> ('—', '—');
END
$$;
