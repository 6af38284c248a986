-- Events, remembered levels, preferences: who may see them, and the two functions that write the first two.

-- Note what happened, in the transaction of the change, for whoever acts; once per kind and cause. Returns how many are new.
-- Called by alerts.services.events.announce. It runs as the owner: an influencer's lead tells a merchant whom they can't see.
CREATE FUNCTION announce_events(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    written integer;
BEGIN
    INSERT INTO alerts_event (id, created_at, kind, cause, merchant_id, influencer_id, data, due_at, attempts, error)
    SELECT new_id(), now(), e.kind, e.cause, e.merchant_id, e.influencer_id, coalesce(e.data, '{}'),
        coalesce(e.due_at, now()), 0, ''
    FROM jsonb_to_recordset(events) AS e (
        kind varchar, cause varchar, merchant_id uuid, influencer_id uuid, data jsonb, due_at timestamptz
    )
    ON CONFLICT (kind, cause) DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

-- From best to worst, to compare two alert levels.
CREATE FUNCTION alert_level_rank(level varchar) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_position(ARRAY['healthy', 'attention', 'warning', 'critical', 'depleted'], level::text);

-- The next deposits after `after_id` whose level is not the remembered one, at most `size`, by id. Reads only.
CREATE FUNCTION deposits_of_other_level(after_id uuid, size integer) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 100 AS $$
    SELECT d.id
    FROM company_deposits AS d LEFT JOIN alerts_depositalert AS a ON a.deposit_id = d.id
    WHERE d.id > after_id
        AND d.status IN ('active', 'depleted', 'suspended')
        AND d.alert_level <> coalesce(a.level, 'healthy')
    ORDER BY d.id
    LIMIT size
$$;

-- Remember the level that each of these deposits has now and return those that got worse, to be announced; a better level is
-- remembered in silence. Called by alerts.services.levels as the platform, right after a movement (which holds the deposit's
-- lock) and every hour. Locks: the remembered levels, by deposit. Two calls at once announce a worsening once: the second
-- waits, and reads the deposit again with the lock.
CREATE FUNCTION remember_deposit_levels(deposit_ids uuid[])
RETURNS TABLE (
    deposit_id uuid, merchant_id uuid, level varchar, announcement integer,
    current_balance numeric, available_balance numeric, gauge_percentage numeric
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO alerts_depositalert (deposit_id, level, announcements)
    SELECT d.id, 'healthy', 0
    FROM company_deposits AS d
    WHERE d.id = ANY(deposit_ids) AND d.status IN ('active', 'depleted', 'suspended') AND d.alert_level <> 'healthy'
    ORDER BY d.id
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM alerts_depositalert AS a WHERE a.deposit_id = ANY(deposit_ids) ORDER BY a.deposit_id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH before AS (
        SELECT a.deposit_id, a.level FROM alerts_depositalert AS a WHERE a.deposit_id = ANY(deposit_ids)
    ), remembered AS (
        UPDATE alerts_depositalert AS a
        SET level = d.alert_level,
            announcements = a.announcements + (alert_level_rank(d.alert_level) > alert_level_rank(a.level))::integer,
            announced_at = CASE
                WHEN alert_level_rank(d.alert_level) > alert_level_rank(a.level) THEN now() ELSE a.announced_at
            END
        FROM company_deposits AS d
        WHERE d.id = a.deposit_id AND a.deposit_id = ANY(deposit_ids)
            AND d.status IN ('active', 'depleted', 'suspended') AND d.alert_level <> a.level
        RETURNING a.deposit_id, d.merchant_id, a.level, a.announcements,
            d.current_balance, d.available_balance, d.gauge_percentage
    )
    SELECT r.deposit_id, r.merchant_id, r.level, r.announcements,
        r.current_balance, r.available_balance, r.gauge_percentage
    FROM remembered AS r JOIN before AS b ON b.deposit_id = r.deposit_id
    WHERE alert_level_rank(r.level) > alert_level_rank(b.level)
    ORDER BY r.deposit_id;
END
$$;

REVOKE INSERT ON alerts_event FROM leadsmarket_web;
ALTER TABLE alerts_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_all ON alerts_event USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));

REVOKE DELETE ON alerts_depositalert FROM leadsmarket_web;
ALTER TABLE alerts_depositalert ENABLE ROW LEVEL SECURITY;
CREATE POLICY deposit_alert_all ON alerts_depositalert
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));

CREATE TRIGGER notification_preference_updated_at BEFORE UPDATE ON alerts_notificationpreference
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
ALTER TABLE alerts_notificationpreference ENABLE ROW LEVEL SECURITY;
CREATE POLICY notification_preference_all ON alerts_notificationpreference
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY notification_preference_own ON alerts_notificationpreference
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

CREATE TRIGGER notification_profile_updated_at BEFORE UPDATE ON alerts_notificationprofile
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE DELETE ON alerts_notificationprofile FROM leadsmarket_web;
ALTER TABLE alerts_notificationprofile ENABLE ROW LEVEL SECURITY;
CREATE POLICY notification_profile_all ON alerts_notificationprofile
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY notification_profile_own ON alerts_notificationprofile
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

CREATE TRIGGER push_subscription_updated_at BEFORE UPDATE ON alerts_pushsubscription
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
ALTER TABLE alerts_pushsubscription ENABLE ROW LEVEL SECURITY;
CREATE POLICY push_subscription_all ON alerts_pushsubscription
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY push_subscription_own ON alerts_pushsubscription
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

CREATE TRIGGER address_problem_updated_at BEFORE UPDATE ON alerts_addressproblem
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE DELETE ON alerts_addressproblem FROM leadsmarket_web;
ALTER TABLE alerts_addressproblem ENABLE ROW LEVEL SECURITY;
CREATE POLICY address_problem_all ON alerts_addressproblem
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY address_problem_own ON alerts_addressproblem
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
