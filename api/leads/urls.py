from django.urls import path

from api.leads import decisions, lists, submission

urlpatterns = [
    path("leads", lists.ListLeads.as_view(), name="list_leads"),
    path("leads/create", submission.CreateLead.as_view(), name="create_lead"),
    path("leads/bulk", submission.CreateLeads.as_view(), name="create_leads"),
    path("leads/preview-commission", submission.PreviewCommission.as_view(), name="preview_commission"),
    path("leads/export.csv", lists.ExportLeads.as_view(), name="export_leads"),
    path("leads/<uuid:lead_id>", lists.GetLead.as_view(), name="get_lead"),
    path("leads/<uuid:lead_id>/validate", decisions.ValidateLead.as_view(), name="validate_lead"),
    path("leads/<uuid:lead_id>/reject", decisions.RejectLead.as_view(), name="reject_lead"),
    path("leads/<uuid:lead_id>/outcome", decisions.TellOutcome.as_view(), name="tell_outcome"),
    path("leads/<uuid:lead_id>/return", decisions.ReturnLead.as_view(), name="return_lead"),
]
