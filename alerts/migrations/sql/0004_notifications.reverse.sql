DROP POLICY notification_read ON alerts_notification;
DROP POLICY notification_own ON alerts_notification;
DROP POLICY notification_all ON alerts_notification;
ALTER TABLE alerts_notification DISABLE ROW LEVEL SECURITY;
GRANT DELETE ON alerts_notification TO leadsmarket_web;
DROP TRIGGER notification_guard ON alerts_notification;
DROP FUNCTION guard_notification();
