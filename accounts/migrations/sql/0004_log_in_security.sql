-- Log-in sessions and changes of address: a person's own, also on the log-in pages, which act for one person at a time.

ALTER TABLE accounts_loginsession ENABLE ROW LEVEL SECURITY;
CREATE POLICY loginsession_all ON accounts_loginsession
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY loginsession_self ON accounts_loginsession
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

ALTER TABLE accounts_emailchange ENABLE ROW LEVEL SECURITY;
CREATE POLICY emailchange_all ON accounts_emailchange
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY emailchange_self ON accounts_emailchange
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
