-- Keys of partners, and webhooks to them: each side its own. Only an owner of a merchant's team makes or changes them.

-- Whether the actor may decide for its side: an influencer for themselves, a merchant's owner for the company.
CREATE FUNCTION app_decides_for_side() RETURNS boolean LANGUAGE sql STABLE
RETURN (SELECT app_influencer_id()) IS NOT NULL OR EXISTS (
    SELECT FROM accounts_membership AS m
    WHERE m.user_id = (SELECT app_user_id()) AND m.merchant_id = (SELECT app_merchant_id()) AND m.role = 'owner'
);

-- Trigger: a key says what it said; it may be used, and revoked once. Raises LM001.
CREATE FUNCTION guard_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changing CONSTANT text[] := ARRAY['last_used_at', 'revoked_at', 'revoked_by_id', 'updated_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'keys are revoked, not deleted' USING ERRCODE = 'LM001';
    END IF;
    IF to_jsonb(NEW) - changing <> to_jsonb(OLD) - changing
        OR OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by_id)
            IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_id)
    THEN
        RAISE EXCEPTION 'key % can only be used, and revoked once', OLD.id USING ERRCODE = 'LM001';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER api_key_guard BEFORE UPDATE OR DELETE ON api_apikey
FOR EACH ROW EXECUTE FUNCTION guard_api_key();
REVOKE DELETE ON api_apikey FROM leadsmarket_web;
ALTER TABLE api_apikey ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_key_all ON api_apikey USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY api_key_read ON api_apikey FOR SELECT
USING (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()));
CREATE POLICY api_key_create ON api_apikey FOR INSERT
WITH CHECK (
    (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()))
    AND created_by_id = (SELECT app_user_id()) AND (SELECT app_decides_for_side())
);
CREATE POLICY api_key_revoke ON api_apikey FOR UPDATE
USING (
    (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()))
    AND (SELECT app_decides_for_side())
);

-- Who a key acts for, by the part of it that is no secret. Called by api.key_authentication, which compares the hash, before
-- anybody is known: tells nothing to an actor that is somebody already. No row for a key that is revoked, or whose creator,
-- company or influencer is switched off or has parted.
CREATE FUNCTION api_key_holder(p_public_id text)
RETURNS TABLE (
    key_id uuid, key_hash text, scope text, last_used_at timestamptz,
    user_id uuid, role text, merchant_id uuid, influencer_id uuid
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT k.id, k.key_hash, k.scope, k.last_used_at, u.id, u.role, k.merchant_id, k.influencer_id
    FROM api_apikey AS k
    JOIN accounts_user AS u ON u.id = k.created_by_id AND u.is_active
    WHERE k.public_id = p_public_id AND k.revoked_at IS NULL
        AND coalesce(app_role(), 'none') IN ('none', 'authentication')
        AND (
            u.role = 'merchant' AND EXISTS (
                SELECT FROM accounts_membership AS m JOIN accounts_merchant AS c ON c.id = m.merchant_id AND c.is_active
                WHERE m.user_id = u.id AND m.merchant_id = k.merchant_id
            )
            OR u.role = 'influencer' AND EXISTS (
                SELECT FROM accounts_influencer AS i
                WHERE i.id = k.influencer_id AND i.user_id = u.id AND i.is_active
            )
        )
$$;

-- Webhooks. Secrets are encrypted before they come here.
CREATE TRIGGER webhook_endpoint_updated_at BEFORE UPDATE ON api_webhookendpoint
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE DELETE ON api_webhookendpoint FROM leadsmarket_web;
ALTER TABLE api_webhookendpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_endpoint_all ON api_webhookendpoint
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY webhook_endpoint_read ON api_webhookendpoint FOR SELECT
USING (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()));
CREATE POLICY webhook_endpoint_create ON api_webhookendpoint FOR INSERT
WITH CHECK (
    (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()))
    AND created_by_id = (SELECT app_user_id()) AND (SELECT app_decides_for_side())
);
CREATE POLICY webhook_endpoint_change ON api_webhookendpoint FOR UPDATE
USING (
    (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()))
    AND (SELECT app_decides_for_side())
);

-- Trigger: what a message says is frozen, but for its body, which an erasure empties. After 30 days it is forgotten, not
-- before. Raises LM001.
CREATE FUNCTION guard_webhook_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changing CONSTANT text[] := ARRAY[
        'body', 'status', 'attempt_count', 'failures', 'next_attempt_at', 'claimed_until', 'delivered_at',
        'last_status_code', 'updated_at'
    ];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.created_at > now() - interval '30 days' THEN
            RAISE EXCEPTION 'webhook messages are kept for 30 days' USING ERRCODE = 'LM001';
        END IF;
        RETURN OLD;
    END IF;
    IF to_jsonb(NEW) - changing <> to_jsonb(OLD) - changing OR NEW.body <> OLD.body AND NEW.body <> '' THEN
        RAISE EXCEPTION 'webhook message % says what it said', OLD.id USING ERRCODE = 'LM001';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER webhook_message_guard BEFORE UPDATE OR DELETE ON api_webhookmessage
FOR EACH ROW EXECUTE FUNCTION guard_webhook_message();
ALTER TABLE api_webhookmessage ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_message_all ON api_webhookmessage
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY webhook_message_read ON api_webhookmessage FOR SELECT
USING (merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id()));

-- Trigger: attempts are append-only, and forgotten with their message; an erasure empties what was answered. Raises LM001.
CREATE FUNCTION guard_webhook_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.answer = '' AND to_jsonb(NEW) - 'answer' = to_jsonb(OLD) - 'answer' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT FROM api_webhookmessage WHERE id = OLD.message_id AND created_at > now() - interval '30 days'
    ) THEN
        RAISE EXCEPTION 'rows of api_webhookattempt are append-only' USING ERRCODE = 'LM001';
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER webhook_attempt_guard BEFORE UPDATE OR DELETE ON api_webhookattempt
FOR EACH ROW EXECUTE FUNCTION guard_webhook_attempt();
REVOKE UPDATE ON api_webhookattempt FROM leadsmarket_web;
GRANT UPDATE (answer) ON api_webhookattempt TO leadsmarket_web;
ALTER TABLE api_webhookattempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY webhook_attempt_all ON api_webhookattempt
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY webhook_attempt_read ON api_webhookattempt FOR SELECT
USING (
    EXISTS (
        SELECT FROM api_webhookmessage AS m
        WHERE m.id = message_id
            AND (m.merchant_id = (SELECT app_merchant_id()) OR m.influencer_id = (SELECT app_influencer_id()))
    )
);

-- Whether a merchant or an influencer has a webhook for an event: a yes or no, in the transaction of whoever caused it. Called
-- by api.services.webhooks.
CREATE FUNCTION webhook_wanted(p_event text, p_merchant_id uuid, p_influencer_id uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM api_webhookendpoint
        WHERE merchant_id = p_merchant_id AND off_at IS NULL AND p_event = ANY (events)
    ) OR EXISTS (
        SELECT FROM api_webhookendpoint
        WHERE influencer_id = p_influencer_id AND off_at IS NULL AND p_event = ANY (events)
    )
$$;
