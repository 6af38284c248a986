"""The dashboards and the analytics."""

from django.urls import include, path

from analytics import views
from analytics.views import analytics, merchant, report

analytics_patterns = [
    path("", analytics.analytics, name="page"),
    path("report.pdf", report.report_pdf, name="report_pdf"),
    path("data/<slug:chart>/", analytics.chart_data, name="chart_data"),
]

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/figures/", merchant.merchant_dashboard_figures, name="merchant_figures"),
    path("analytics/", include((analytics_patterns, "analytics"))),
]
