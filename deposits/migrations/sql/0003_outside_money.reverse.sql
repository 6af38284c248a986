-- One row per merchant with deposits, summed over those not closed; deposited and spent over all of them. MAD.
CREATE OR REPLACE VIEW merchant_deposit_balances WITH (security_invoker = true) AS
SELECT
    d.merchant_id,
    count(*) FILTER (WHERE d.status <> 'closed')::integer AS deposit_count,
    sum(d.current_balance) AS current_balance,
    sum(d.reserved_amount) AS reserved_amount,
    sum(d.available_balance) AS available_balance,
    coalesce(sum(d.initial_amount) FILTER (WHERE d.status <> 'closed'), 0) AS initial_amount,
    coalesce(sum(t.deposited), 0) AS total_deposited,
    coalesce(sum(t.spent), 0) AS total_spent
FROM company_deposits AS d
LEFT JOIN LATERAL (
    SELECT
        sum(amount) FILTER (WHERE kind IN ('initial', 'recharge')) AS deposited,
        sum(CASE kind WHEN 'deduction' THEN amount WHEN 'refund' THEN -amount END) AS spent
    FROM deposit_transactions
    WHERE deposit_id = d.id
) AS t ON true
GROUP BY d.merchant_id;
