-- Notifications: staff and jobs write; a person sees and reads their own.

-- Trigger: a notification says what it said; it may be read, once. Raises LM001.
CREATE FUNCTION guard_notification() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER notification_guard BEFORE UPDATE OR DELETE ON alerts_notification
FOR EACH ROW EXECUTE FUNCTION guard_notification();
REVOKE DELETE ON alerts_notification FROM leadsmarket_web;
ALTER TABLE alerts_notification ENABLE ROW LEVEL SECURITY;
CREATE POLICY notification_all ON alerts_notification
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY notification_own ON alerts_notification FOR SELECT USING (user_id = (SELECT app_user_id()));
CREATE POLICY notification_read ON alerts_notification FOR UPDATE
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
