-- One row per merchant with deposits, summed over those not closed; deposited and spent over all of them. MAD.
-- Reads only the movements of money from outside, which are few: what came in and is not there was spent.
CREATE OR REPLACE VIEW merchant_deposit_balances WITH (security_invoker = true) AS
SELECT
    d.merchant_id,
    count(*) FILTER (WHERE d.status <> 'closed')::integer AS deposit_count,
    sum(d.current_balance) AS current_balance,
    sum(d.reserved_amount) AS reserved_amount,
    sum(d.available_balance) AS available_balance,
    coalesce(sum(d.initial_amount) FILTER (WHERE d.status <> 'closed'), 0) AS initial_amount,
    coalesce(sum(t.deposited), 0) AS total_deposited,
    coalesce(sum(t.deposited), 0) + coalesce(sum(t.adjusted), 0) - sum(d.current_balance) AS total_spent
FROM company_deposits AS d
LEFT JOIN LATERAL (
    SELECT
        sum(amount) FILTER (WHERE kind IN ('initial', 'recharge')) AS deposited,
        sum(amount) FILTER (WHERE kind = 'adjustment') AS adjusted
    FROM deposit_transactions
    WHERE deposit_id = d.id AND kind IN ('initial', 'recharge', 'refund', 'adjustment')
) AS t ON true
GROUP BY d.merchant_id;
