-- Everybody's changes are recorded, in the name of who acts; only staff read them.
DROP POLICY audit_write ON accounts_auditentry;
CREATE POLICY audit_write ON accounts_auditentry FOR INSERT
WITH CHECK (
    actor_role = (SELECT app_role()) AND actor_role <> 'none'
    AND actor_user_id IS NOT DISTINCT FROM (SELECT app_user_id())
);
