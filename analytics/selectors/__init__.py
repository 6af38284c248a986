"""Every figure that people see, each with one definition; pages, API, reports and admin call these.

periods.Period says which local days; sums.LeadScope whose leads (a merchant, its campaign, influencer or source, an influencer;
without any, the platform). The number of queries never grows with leads; see docs/figures.md for why that is quick.

| module | function | gives |
|---|---|---|
| leads | lead_figures(scope, period) | LeadFigures: counts, rates, scores, value, commission, ROI, hours |
| | lead_figures_by_day, lead_figures_by_week(scope, period) | the same for each day or week |
| | lead_figures_by("campaign" / "influencer" / "source" / "merchant", scope, period) | the same for each of them |
| | pending_count(scope) | leads that wait now |
| money | balances(merchant_id) | Balances: current, reserved, available, deposited and spent ever, level, leads and days left |
| | money_figures, money_by_day(merchant_id or deposit_id or neither, period) | MoneyFigures: in, spent, refunded, reserved |
| | balance_by_day(same) | closing balance of each day |
| | recent_means(same) | what leads left and days left are computed from |
| forecasts | deposit_forecast(deposit) | DepositForecast: days left with their range, band, recharge to make |
| platform | deposits_by_level(), cash_figures(period), things_to_do() | staff's overview |
| statistics | overview_stats(merchant_id, period), campaign_stats(campaign, period), influencer_stats(influencer_id, period, |
| | merchant_id=...), platform_stats(period), forecast_stats(deposit_forecast(deposit)) | the same with the API's field names |
| merchant, influencer | merchant_figures, influencer_figures | the dashboards |

Balances of influencers (earned, payable, paid) are leads.selectors.earnings.earnings_of; one deposit's gauge is
deposits.selectors.gauge_of. A merchant's, an influencer's or the platform's own day for the daily report: Period.yesterday().
"""
