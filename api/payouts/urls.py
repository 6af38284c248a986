from django.urls import path

from api.payouts import views

urlpatterns = [
    path("earnings", views.ReadEarnings.as_view(), name="read_earnings"),
    path("payouts", views.RequestPayout.as_view(), name="request_payout"),
]
