DROP POLICY emailchange_self ON accounts_emailchange;
DROP POLICY emailchange_all ON accounts_emailchange;
ALTER TABLE accounts_emailchange DISABLE ROW LEVEL SECURITY;
DROP POLICY loginsession_self ON accounts_loginsession;
DROP POLICY loginsession_all ON accounts_loginsession;
ALTER TABLE accounts_loginsession DISABLE ROW LEVEL SECURITY;
