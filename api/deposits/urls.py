from django.urls import path

from api.deposits import auto_recharge, paying, reading

urlpatterns = [
    path("leads/deposits/create", paying.CreateDeposit.as_view(), name="create_deposit"),
    path("leads/deposits/recharge", paying.RechargeDeposit.as_view(), name="recharge_deposit"),
    path("leads/deposits/balance", reading.GetBalance.as_view(), name="get_balance"),
    path("leads/deposits/transactions", reading.ListTransactions.as_view(), name="list_transactions"),
    path(
        "leads/deposits/<uuid:deposit_id>/auto-recharge",
        auto_recharge.SetAutoRecharge.as_view(),
        name="set_auto_recharge",
    ),
    path("leads/deposits/<uuid:deposit_id>/forecast", reading.GetForecast.as_view(), name="get_forecast"),
]
