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
