-- What happened to leads and deposits, as differences of the figures of days, and who may see the rollups made of them.
-- Moments are cut into days by p_since and p_ahead (analytics.periods.zone_offsets): Python's zone data, not PostgreSQL's.

-- The local day of a moment: p_ahead[i] is how far local time is ahead of UTC from p_since[i] on, ascending.
CREATE FUNCTION local_day(p_at timestamptz, p_since timestamptz [], p_ahead interval [])
RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((p_at AT TIME ZONE 'UTC') + p_ahead[greatest(width_bucket(p_at, p_since), 1)])::date;

-- The smallest id that a row made from p_at on can have (UUID version 7 begins with the milliseconds).
CREATE FUNCTION first_id_at(p_at timestamptz)
RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    lpad(to_hex((
        extract(EPOCH FROM greatest(least(p_at, '9999-01-01 00:00Z'::timestamptz), '1970-01-01 00:00Z'::timestamptz)) * 1000
    )::bigint), 12, '0') || '00000000000000000000'
)::uuid;

-- One line of a day's account: 1 or an amount where something happened, else null. Columns as analytics.models.LeadDay.
CREATE TYPE lead_delta AS (
    day date,
    merchant_id uuid,
    campaign_id uuid,
    influencer_id uuid,
    source varchar,
    created_count integer,
    created_validated_count integer,
    created_rejected_count integer,
    created_converted_count integer,
    created_lost_count integer,
    estimated_amount numeric,
    validated_count integer,
    converted_count integer,
    lost_count integer,
    returned_count integer,
    commission_amount numeric,
    influencer_amount numeric,
    returned_commission_amount numeric,
    returned_influencer_amount numeric,
    converted_amount numeric,
    score_1_count integer,
    score_2_count integer,
    score_3_count integer,
    score_4_count integer,
    score_5_count integer,
    score_6_count integer,
    score_7_count integer,
    score_8_count integer,
    score_9_count integer,
    score_10_count integer,
    rejected_incomplete_count integer,
    rejected_unreachable_count integer,
    rejected_not_interested_count integer,
    rejected_out_of_area_count integer,
    rejected_budget_too_low_count integer,
    rejected_duplicate_count integer,
    rejected_fraud_count integer,
    rejected_other_count integer,
    rejected_expired_count integer,
    decided_1h_count integer,
    decided_4h_count integer,
    decided_12h_count integer,
    decided_24h_count integer,
    decided_48h_count integer,
    decided_72h_count integer,
    decided_later_count integer,
    decision_seconds bigint
);

-- What happened to the leads that the actor sees from p_from until before p_to. Each lead is created and decided once, gets an
-- outcome and is returned at most once; what happens later adds to the days of its creation and of its decision. Recent rows
-- are found by their ids, which are in order of time; an hour more allows for clocks that differ.
CREATE FUNCTION lead_deltas(p_from timestamptz, p_to timestamptz, p_since timestamptz [], p_ahead interval [])
RETURNS SETOF lead_delta LANGUAGE sql STABLE AS $$
    SELECT
        local_day(s.at, p_since, p_ahead), e.merchant_id, e.campaign_id, e.influencer_id, e.source,
        CASE WHEN e.event = 'created' THEN 1 END,
        CASE WHEN s.is_creation AND e.event = 'decided' AND e.status <> 'rejected' THEN 1 END,
        CASE WHEN s.is_creation AND e.event = 'decided' AND e.status = 'rejected' THEN 1 END,
        CASE WHEN s.is_creation AND e.event = 'outcome' AND e.status = 'converted' THEN 1 END,
        CASE WHEN s.is_creation AND e.event = 'outcome' AND e.status = 'lost' THEN 1 END,
        CASE WHEN e.event = 'created' THEN e.estimated_value END,
        CASE WHEN NOT s.is_creation AND e.event = 'decided' AND e.status <> 'rejected' THEN 1 END,
        CASE WHEN NOT s.is_creation AND e.event = 'outcome' AND e.status = 'converted' THEN 1 END,
        CASE WHEN NOT s.is_creation AND e.event = 'outcome' AND e.status = 'lost' THEN 1 END,
        CASE WHEN e.event = 'returned' THEN 1 END,
        CASE WHEN NOT s.is_creation AND e.event = 'decided' AND e.status <> 'rejected' THEN e.commission_amount END,
        CASE WHEN NOT s.is_creation AND e.event = 'decided' AND e.status <> 'rejected' THEN e.influencer_commission_amount END,
        CASE WHEN e.event = 'returned' THEN e.commission_amount END,
        CASE WHEN e.event = 'returned' THEN e.influencer_commission_amount END,
        CASE WHEN NOT s.is_creation AND e.event = 'outcome' AND e.status = 'converted'
            THEN coalesce(e.actual_value, e.estimated_value)
        END,
        CASE WHEN d.is_decision AND e.quality_score = 1 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 2 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 3 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 4 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 5 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 6 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 7 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 8 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 9 THEN 1 END,
        CASE WHEN d.is_decision AND e.quality_score = 10 THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'incomplete' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'unreachable' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'not_interested' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'out_of_area' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'budget_too_low' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'duplicate' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'fraud' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'other' THEN 1 END,
        CASE WHEN d.is_decision AND e.rejection_reason = 'expired' THEN 1 END,
        CASE WHEN d.hours_class = 0 THEN 1 END,
        CASE WHEN d.hours_class = 1 THEN 1 END,
        CASE WHEN d.hours_class = 2 THEN 1 END,
        CASE WHEN d.hours_class = 3 THEN 1 END,
        CASE WHEN d.hours_class = 4 THEN 1 END,
        CASE WHEN d.hours_class = 5 THEN 1 END,
        CASE WHEN d.hours_class = 6 THEN 1 END,
        CASE WHEN d.hours_class IS NOT NULL THEN floor(extract(EPOCH FROM e.decided_at - e.created_at))::bigint END
    FROM (
        SELECT
            'created' AS event, l.merchant_id, l.campaign_id, l.influencer_id, l.source, l.status, l.created_at, l.decided_at,
            l.estimated_value, l.actual_value, l.commission_amount, l.influencer_commission_amount, l.quality_score,
            l.rejection_reason, NULL::uuid AS user_id
        FROM leads AS l
        WHERE l.id >= first_id_at(p_from - interval '1 hour')
            AND l.id <= 'ffffffff-ffff-ffff-ffff-ffffffffffff' AND l.created_at >= p_from AND l.created_at < p_to
        UNION ALL
        SELECT
            'decided', l.merchant_id, l.campaign_id, l.influencer_id, l.source, l.status, l.created_at, l.decided_at,
            l.estimated_value, l.actual_value, l.commission_amount, l.influencer_commission_amount, l.quality_score,
            l.rejection_reason, v.user_id
        FROM lead_validation AS v
        JOIN leads AS l ON l.id = v.lead_id
        WHERE v.id >= first_id_at(p_from - interval '1 hour')
            AND v.id <= 'ffffffff-ffff-ffff-ffff-ffffffffffff' AND v.decision IN ('validated', 'rejected')
            AND l.decided_at >= p_from AND l.decided_at < p_to
        UNION ALL
        SELECT
            'outcome', l.merchant_id, l.campaign_id, l.influencer_id, l.source, l.status, l.created_at, l.decided_at,
            l.estimated_value, l.actual_value, l.commission_amount, l.influencer_commission_amount, l.quality_score,
            l.rejection_reason, NULL
        FROM leads AS l
        WHERE l.outcome_at >= p_from AND l.outcome_at < p_to
        UNION ALL
        SELECT
            'returned', l.merchant_id, l.campaign_id, l.influencer_id, l.source, l.status, l.created_at, l.decided_at,
            l.estimated_value, l.actual_value, l.commission_amount, l.influencer_commission_amount, l.quality_score,
            l.rejection_reason, NULL
        FROM leads_leadreturn AS r
        JOIN leads AS l ON l.id = r.lead_id
        WHERE r.status = 'accepted' AND r.decided_at >= p_from AND r.decided_at < p_to
    ) AS e
    CROSS JOIN LATERAL (VALUES (true, e.created_at), (false, e.decided_at)) AS s (is_creation, at)
    CROSS JOIN LATERAL (
        SELECT
            NOT s.is_creation AND e.event = 'decided' AS is_decision,
            CASE WHEN NOT s.is_creation AND e.event = 'decided' AND e.user_id IS NOT NULL
                THEN width_bucket(
                    extract(EPOCH FROM e.decided_at - e.created_at) / 3600, ARRAY[1, 4, 12, 24, 48, 72]::numeric []
                )
            END AS hours_class
    ) AS d
    WHERE CASE e.event WHEN 'created' THEN s.is_creation WHEN 'returned' THEN NOT s.is_creation ELSE true END
$$;

CREATE TYPE deposit_delta AS (
    day date,
    deposit_id uuid,
    merchant_id uuid,
    deposited_amount numeric,
    adjusted_amount numeric,
    reserved_count integer,
    reserved_amount numeric,
    released_amount numeric,
    deducted_count integer,
    deducted_amount numeric,
    refunded_amount numeric
);

-- The movements that the actor sees from p_from until before p_to.
CREATE FUNCTION deposit_deltas(p_from timestamptz, p_to timestamptz, p_since timestamptz [], p_ahead interval [])
RETURNS SETOF deposit_delta LANGUAGE sql STABLE AS $$
    SELECT
        local_day(t.created_at, p_since, p_ahead), t.deposit_id, t.merchant_id,
        CASE WHEN t.kind IN ('initial', 'recharge') THEN t.amount END,
        CASE WHEN t.kind = 'adjustment' THEN t.amount END,
        CASE WHEN t.kind = 'reservation' THEN 1 END,
        CASE WHEN t.kind = 'reservation' THEN t.amount END,
        CASE WHEN t.kind = 'release' THEN t.amount END,
        CASE WHEN t.kind = 'deduction' THEN 1 END,
        CASE WHEN t.kind = 'deduction' THEN t.amount END,
        CASE WHEN t.kind = 'refund' THEN t.amount END
    FROM deposit_transactions AS t
    WHERE t.id >= first_id_at(p_from - interval '1 hour')
            AND t.id <= 'ffffffff-ffff-ffff-ffff-ffffffffffff' AND t.created_at >= p_from AND t.created_at < p_to
$$;

-- Up to which moment the rollups are complete, for whoever must add what happened since. Tells nothing else.
CREATE FUNCTION figures_folded_until()
RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT coalesce((SELECT folded_until FROM analytics_rollupstate), '-infinity');
END;

-- What happened since the last fold. The functions read with the snapshot of the statement that calls them, so that the
-- rollup beside them is of the same moment. The plan is made once per connection: planning took longer than reading. Upper ends
-- that are always true make the planner expect a short range, which it is: the job runs every few minutes. Where it did not for a
-- day, the statement is planned for the moment at hand. IS NOT DISTINCT FROM finds an influencer's recent decisions by time: an
-- equality would let the planner look for them among all their leads, since no index has influencer and time together.
CREATE FUNCTION lead_deltas_since_fold(
    p_merchant_id uuid, p_influencer_id uuid, p_since timestamptz [], p_ahead interval []
)
RETURNS SETOF lead_delta LANGUAGE plpgsql STABLE ROWS 100 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    folded_until timestamptz := figures_folded_until();
BEGIN
    IF folded_until < now() - interval '1 day' THEN
        RETURN QUERY EXECUTE
            'SELECT * FROM lead_deltas($1, ''infinity'', $2, $3) AS d'
            || CASE WHEN p_merchant_id IS NOT NULL THEN ' WHERE d.merchant_id = $4'
                WHEN p_influencer_id IS NOT NULL THEN ' WHERE d.influencer_id = $5' ELSE '' END
            USING folded_until, p_since, p_ahead, p_merchant_id, p_influencer_id;
    ELSIF p_merchant_id IS NOT NULL THEN
        RETURN QUERY SELECT * FROM lead_deltas(folded_until, 'infinity', p_since, p_ahead) AS d
        WHERE d.merchant_id = p_merchant_id;
    ELSIF p_influencer_id IS NOT NULL THEN
        RETURN QUERY SELECT * FROM lead_deltas(folded_until, 'infinity', p_since, p_ahead) AS d
        WHERE d.influencer_id IS NOT DISTINCT FROM p_influencer_id;
    ELSE
        RETURN QUERY SELECT * FROM lead_deltas(folded_until, 'infinity', p_since, p_ahead);
    END IF;
END
$$;

CREATE FUNCTION deposit_deltas_since_fold(
    p_merchant_id uuid, p_deposit_id uuid, p_since timestamptz [], p_ahead interval []
)
RETURNS SETOF deposit_delta LANGUAGE plpgsql STABLE ROWS 100 SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    folded_until timestamptz := figures_folded_until();
BEGIN
    IF folded_until < now() - interval '1 day' THEN
        RETURN QUERY EXECUTE
            'SELECT * FROM deposit_deltas($1, ''infinity'', $2, $3) AS d'
            || CASE WHEN p_deposit_id IS NOT NULL THEN ' WHERE d.deposit_id = $5'
                WHEN p_merchant_id IS NOT NULL THEN ' WHERE d.merchant_id = $4' ELSE '' END
            USING folded_until, p_since, p_ahead, p_merchant_id, p_deposit_id;
    ELSIF p_deposit_id IS NOT NULL THEN
        RETURN QUERY SELECT * FROM deposit_deltas(folded_until, 'infinity', p_since, p_ahead) AS d
        WHERE d.deposit_id = p_deposit_id;
    ELSIF p_merchant_id IS NOT NULL THEN
        RETURN QUERY SELECT * FROM deposit_deltas(folded_until, 'infinity', p_since, p_ahead) AS d
        WHERE d.merchant_id = p_merchant_id;
    ELSE
        RETURN QUERY SELECT * FROM deposit_deltas(folded_until, 'infinity', p_since, p_ahead);
    END IF;
END
$$;

-- When the oldest transaction of another session began, or null: what it writes may carry the time of its beginning and is not
-- visible yet. The owner sees the sessions of both log-ins.
CREATE FUNCTION oldest_transaction_at()
RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT min(xact_start)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
END;

-- Accepted returns by time, for what happened since the last fold.
CREATE INDEX analytics_accepted_return ON leads_leadreturn (decided_at) WHERE status = 'accepted';

-- A merchant sees its own days, an influencer theirs, staff and jobs all; jobs write.
ALTER TABLE analytics_leadday ENABLE ROW LEVEL SECURITY;
CREATE POLICY lead_day_read ON analytics_leadday FOR SELECT
USING (
    (SELECT app_sees_all()) OR merchant_id = (SELECT app_merchant_id()) OR influencer_id = (SELECT app_influencer_id())
);
CREATE POLICY lead_day_write ON analytics_leadday
USING ((SELECT app_role()) = 'system') WITH CHECK ((SELECT app_role()) = 'system');

ALTER TABLE analytics_depositday ENABLE ROW LEVEL SECURITY;
CREATE POLICY deposit_day_read ON analytics_depositday FOR SELECT
USING ((SELECT app_sees_all()) OR merchant_id = (SELECT app_merchant_id()));
CREATE POLICY deposit_day_write ON analytics_depositday
USING ((SELECT app_role()) = 'system') WITH CHECK ((SELECT app_role()) = 'system');

ALTER TABLE analytics_rollupstate ENABLE ROW LEVEL SECURITY;
CREATE POLICY rollup_state_read ON analytics_rollupstate FOR SELECT USING ((SELECT app_sees_all()));
CREATE POLICY rollup_state_write ON analytics_rollupstate
USING ((SELECT app_role()) = 'system') WITH CHECK ((SELECT app_role()) = 'system');
