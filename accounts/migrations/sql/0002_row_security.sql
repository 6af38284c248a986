-- The web role, what it may do, and the first policies. Run by the owner of the tables.

-- A role of the whole server, so it may exist already (another database, a parallel test run).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'leadsmarket_web') THEN
        BEGIN
            CREATE ROLE leadsmarket_web NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'leadsmarket_web', 'MEMBER') THEN
        GRANT leadsmarket_web TO CURRENT_USER;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO leadsmarket_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO leadsmarket_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO leadsmarket_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO leadsmarket_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO leadsmarket_web;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO leadsmarket_web;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM leadsmarket_web;

-- Who is asking; unset or empty is nobody. Used by every policy as `(SELECT app_...())`, once per statement.
CREATE FUNCTION app_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.role', true), '');

CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '')::uuid;

CREATE FUNCTION app_merchant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.merchant_id', true), '')::uuid;

CREATE FUNCTION app_influencer_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.influencer_id', true), '')::uuid;

CREATE FUNCTION app_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('app.role', true) IN ('staff', 'system'), false);

-- An id in order of creation (UUID version 7) for rows that SQL functions insert; PostgreSQL has its own only from 18.
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
    set_bit(
        set_bit(
            overlay(
                uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(EPOCH FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6
            ), 52, 1
        ), 53, 1
    ), 'hex'
)::uuid;

-- Trigger: keeps updated_at true also where raw SQL writes.
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Trigger: refuses UPDATE and DELETE. Raises LM001.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'LM001';
END
$$;

CREATE TRIGGER merchant_updated_at BEFORE UPDATE ON accounts_merchant
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER membership_updated_at BEFORE UPDATE ON accounts_membership
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER influencer_updated_at BEFORE UPDATE ON accounts_influencer
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Log-in data: open to the log-in pages, which must find a user by address before anybody is known.
ALTER TABLE accounts_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_all ON accounts_user
USING ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication')
WITH CHECK ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication');
CREATE POLICY user_self ON accounts_user
USING (id = (SELECT app_user_id())) WITH CHECK (id = (SELECT app_user_id()));
CREATE POLICY user_team ON accounts_user FOR SELECT
USING (
    EXISTS (
        SELECT 1 FROM accounts_membership AS m
        WHERE m.user_id = accounts_user.id AND m.merchant_id = (SELECT app_merchant_id())
    )
);

-- Trigger: only the platform makes staff; nobody raises their own rights. Raises LM021.
CREATE FUNCTION guard_user_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT row_security_active('accounts_user') OR app_sees_all() THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.role = 'staff' THEN
            RAISE EXCEPTION 'only the platform makes staff' USING ERRCODE = 'LM021';
        END IF;
    ELSIF (NEW.role, NEW.is_staff, NEW.is_superuser) IS DISTINCT FROM (OLD.role, OLD.is_staff, OLD.is_superuser) THEN
        RAISE EXCEPTION 'only the platform changes rights' USING ERRCODE = 'LM021';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER user_rights_guard BEFORE INSERT OR UPDATE ON accounts_user
FOR EACH ROW EXECUTE FUNCTION guard_user_rights();

-- Rights and the admin's own log: read and written by staff alone.
ALTER TABLE accounts_user_groups ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_group_all ON accounts_user_groups
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE accounts_user_user_permissions ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_permission_all ON accounts_user_user_permissions
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE auth_group ENABLE ROW LEVEL SECURITY;
CREATE POLICY group_all ON auth_group
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE auth_group_permissions ENABLE ROW LEVEL SECURITY;
CREATE POLICY group_permission_all ON auth_group_permissions
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
ALTER TABLE django_admin_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY admin_log_all ON django_admin_log
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));

ALTER TABLE account_emailconfirmation ENABLE ROW LEVEL SECURITY;
CREATE POLICY emailconfirmation_all ON account_emailconfirmation
USING ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication')
WITH CHECK ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication');

ALTER TABLE account_emailaddress ENABLE ROW LEVEL SECURITY;
CREATE POLICY emailaddress_all ON account_emailaddress
USING ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication')
WITH CHECK ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication');
CREATE POLICY emailaddress_self ON account_emailaddress
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

ALTER TABLE mfa_authenticator ENABLE ROW LEVEL SECURITY;
CREATE POLICY authenticator_all ON mfa_authenticator
USING ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication')
WITH CHECK ((SELECT app_sees_all()) OR (SELECT app_role()) = 'authentication');
CREATE POLICY authenticator_self ON mfa_authenticator
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

ALTER TABLE accounts_merchant ENABLE ROW LEVEL SECURITY;
CREATE POLICY merchant_all ON accounts_merchant
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY merchant_self ON accounts_merchant
USING (id = (SELECT app_merchant_id())) WITH CHECK (id = (SELECT app_merchant_id()));
CREATE POLICY merchant_of_user ON accounts_merchant FOR SELECT
USING (
    EXISTS (
        SELECT 1 FROM accounts_membership AS m
        WHERE m.merchant_id = accounts_merchant.id AND m.user_id = (SELECT app_user_id())
    )
);

ALTER TABLE accounts_membership ENABLE ROW LEVEL SECURITY;
CREATE POLICY membership_all ON accounts_membership
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY membership_team ON accounts_membership
USING (merchant_id = (SELECT app_merchant_id())) WITH CHECK (merchant_id = (SELECT app_merchant_id()));
CREATE POLICY membership_self ON accounts_membership FOR SELECT
USING (user_id = (SELECT app_user_id()));

ALTER TABLE accounts_influencer ENABLE ROW LEVEL SECURITY;
CREATE POLICY influencer_all ON accounts_influencer
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY influencer_self ON accounts_influencer
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

-- Everybody's changes are recorded; only staff read them.
ALTER TABLE accounts_auditentry ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_read ON accounts_auditentry FOR SELECT USING ((SELECT app_sees_all()));
CREATE POLICY audit_write ON accounts_auditentry FOR INSERT WITH CHECK ((SELECT app_role()) IS NOT NULL);
REVOKE UPDATE, DELETE ON accounts_auditentry FROM leadsmarket_web;
