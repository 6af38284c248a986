"""Pages of leads, campaigns, agreements and earnings."""

from django.urls import path

from leads.views import decisions, lead_detail, lead_list, pending

app_name = "leads"

urlpatterns = [
    path("", lead_list.lead_list, name="list"),
    path("pending/", pending.pending, name="pending"),
    path("<uuid:lead_id>/", lead_detail.detail, name="detail"),
    path("<uuid:lead_id>/validate/", decisions.validate, name="validate"),
    path("<uuid:lead_id>/reject/", decisions.reject, name="reject"),
    path("<uuid:lead_id>/outcome/", decisions.outcome, name="outcome"),
]
