"""Leads and earnings as CSV or XLSX, with the filters of their pages."""

from django.db.models import Case, F, When
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import influencer_required, role_required
from accounts.audit import record_audit
from accounts.models import User
from leads.exports import EARNINGS, INFLUENCER_LEADS, MERCHANT_LEADS
from leads.forms.filters import LeadFilterForm, LeadListFilterForm
from leads.forms.influencer_filters import InfluencerLeadFilterForm
from leads.models import EarningEntry
from leads.selectors.earnings import earning_entries
from leads.selectors.influencer import influencer_lead_rows, submitted_campaigns
from leads.selectors.leads import campaign_choices, merchant_leads
from leadsmarket.lib.actor import Actor, acting_as
from leadsmarket.lib.money import MoneyField
from leadsmarket.lib.transactions import manages_transactions
from leadsmarket.lib.workbooks import list_response


@manages_transactions
@require_GET
@role_required("merchant", "influencer")
def export_leads(request: HttpRequest, file_format: str) -> StreamingHttpResponse:
    """Send the leads of the list, newest first, as `csv` or `xlsx`."""
    actor: Actor = request.actor
    form: LeadFilterForm
    with acting_as(actor):
        if actor.merchant_id:
            form = LeadListFilterForm(request.GET, campaign_choices(actor.merchant_id))
            leads, columns = merchant_leads(actor.merchant_id, form.filters), MERCHANT_LEADS
        else:
            form = InfluencerLeadFilterForm(request.GET, submitted_campaigns(actor.influencer_id))
            leads, columns = influencer_lead_rows(actor.influencer_id, form.filters), INFLUENCER_LEADS
        response = list_response(
            leads.select_related(None).order_by("-created_at", "-id"),
            columns,
            actor=actor,
            name="leads",
            title=_("Leads"),
            file_format=file_format,
        )
        record_audit(
            "leads.lead.exported",
            User(pk=actor.user_id),
            merchant_id=actor.merchant_id,
            data={"format": file_format} | _recorded(form),
        )
    return response


@manages_transactions
@require_GET
@influencer_required
def export_earnings(request: HttpRequest, file_format: str) -> StreamingHttpResponse:
    """Send all changes of an influencer's balance, the latest first, as `csv` or `xlsx`."""
    actor: Actor = request.actor
    signed = Case(
        When(kind=EarningEntry.Kind.REVERSED, then=-F("amount")), default=F("amount"), output_field=MoneyField()
    )
    with acting_as(actor):
        entries = earning_entries(actor.influencer_id).select_related(None).annotate(signed=signed)
        response = list_response(
            entries.order_by("-sequence"),
            EARNINGS,
            actor=actor,
            name="earnings",
            title=_("Earnings"),
            file_format=file_format,
        )
        record_audit("leads.earnings.exported", User(pk=actor.user_id), data={"format": file_format})
    return response


def _recorded(form: LeadFilterForm) -> dict[str, str]:
    # That somebody was looked for is recorded, not who.
    given = {name: str(value) for name, value in form.cleaned_data.items() if value}
    return {name: "yes" if name == "text" else value for name, value in given.items()}
