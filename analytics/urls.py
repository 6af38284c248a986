"""The dashboards."""

from django.urls import path

from analytics import views
from analytics.views import merchant

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/figures/", merchant.merchant_dashboard_figures, name="merchant_figures"),
]
