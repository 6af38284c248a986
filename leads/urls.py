"""Pages of leads, campaigns, agreements and earnings."""

from django.urls import path

from leads.views import (
    agreements,
    campaigns,
    decisions,
    earnings,
    exports,
    lead_detail,
    lead_list,
    pending,
    returns,
    submission,
)

app_name = "leads"

urlpatterns = [
    path("", lead_list.lead_list, name="list"),
    path("export.<slug:file_format>", exports.export_leads, name="export"),
    path("pending/", pending.pending, name="pending"),
    path("new/", submission.new_lead, name="new"),
    path("preview/", submission.preview, name="preview"),
    path("consent/", submission.consent, name="consent"),
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/export.<slug:file_format>", exports.export_earnings, name="earnings_export"),
    path("<uuid:lead_id>/", lead_detail.detail, name="detail"),
    path("<uuid:lead_id>/validate/", decisions.validate, name="validate"),
    path("<uuid:lead_id>/reject/", decisions.reject, name="reject"),
    path("<uuid:lead_id>/outcome/", decisions.outcome, name="outcome"),
    path("<uuid:lead_id>/return/", returns.ask, name="return"),
    path("<uuid:lead_id>/return/proof/", returns.proof, name="return_proof"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("campaigns/preview/", campaigns.campaign_preview, name="campaign_preview"),
    path("campaigns/<uuid:campaign_id>/", campaigns.campaign, name="campaign"),
    path("campaigns/<uuid:campaign_id>/state/", campaigns.campaign_state, name="campaign_state"),
    path("campaigns/<uuid:campaign_id>/apply/", campaigns.apply, name="apply"),
    path("campaigns/<uuid:campaign_id>/<slug:step>/", campaigns.campaign_status, name="campaign_status"),
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/invite/", agreements.invite, name="invite"),
    path("agreements/<uuid:agreement_id>/", agreements.agreement, name="agreement"),
    path("agreements/<uuid:agreement_id>/<slug:step>/", agreements.agreement_step, name="agreement_step"),
]
