-- Reads what happened since the last fold with a plan that is made once per connection: planning took longer than reading.
-- Upper ends that are always true make the planner expect a short range, which it is: the job runs every few minutes. Where it did
-- not for a day, the statement is planned for the moment at hand.
CREATE OR REPLACE FUNCTION lead_deltas_since_fold(
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
        WHERE d.influencer_id = p_influencer_id;
    ELSE
        RETURN QUERY SELECT * FROM lead_deltas(folded_until, 'infinity', p_since, p_ahead);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION deposit_deltas_since_fold(
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

-- What happened to the leads that the actor sees from p_from until before p_to; see 0002_rollups.sql.
CREATE OR REPLACE FUNCTION lead_deltas(p_from timestamptz, p_to timestamptz, p_since timestamptz [], p_ahead interval [])
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

-- The movements that the actor sees from p_from until before p_to.
CREATE OR REPLACE FUNCTION deposit_deltas(p_from timestamptz, p_to timestamptz, p_since timestamptz [], p_ahead interval [])
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
