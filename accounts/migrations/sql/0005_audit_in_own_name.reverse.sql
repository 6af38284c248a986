DROP POLICY audit_write ON accounts_auditentry;
CREATE POLICY audit_write ON accounts_auditentry FOR INSERT WITH CHECK ((SELECT app_role()) IS NOT NULL);
