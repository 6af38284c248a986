"""An influencer submits a lead: the form, its live commission preview and its consent sentence.

The form opens its own short transactions, so that the deposit is not locked while a page is rendered.
"""

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import influencer_required
from leads.consent import cndp_notice
from leads.errors import CampaignNotFound
from leads.forms.submission import CommissionForm, LeadForm
from leads.models import Lead
from leads.selectors.influencer import own_lead
from leads.selectors.submission import CommissionPreview, commission_preview, submittable_campaigns
from leads.services import create_lead
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.htmx import leave_page, render_page_or_part
from leadsmarket.lib.money import format_mad
from leadsmarket.lib.transactions import manages_transactions


@manages_transactions
@require_http_methods(["GET", "POST"])
@influencer_required
def new_lead(request: HttpRequest) -> HttpResponse:
    """Show the form of a new lead, preview its commission, or submit it.

    `?campaign=` chooses a campaign in advance; `?sent=` tells of the lead just sent, with an empty form for the next one.
    """
    if request.method == "POST":
        return _preview_without_script(request) if request.POST.get("action") == "preview" else _submit(request)
    with acting_as(request.actor):
        sent = own_lead(request.actor.influencer_id, request.GET.get("sent", ""))
        initial = {"campaign": request.GET.get("campaign", "")}
        if sent:
            initial = {"campaign": str(sent.campaign_id), "source": sent.source}
        form = LeadForm(initial=initial, campaigns=submittable_campaigns(request.actor.influencer_id))
        return _page(request, form, sent=sent)


@require_GET
@influencer_required
def preview(request: HttpRequest) -> HttpResponse:
    """Show what a lead would bring, for the campaign and value typed so far; stores nothing."""
    if not request.htmx:
        return redirect(f"{reverse('leads:new')}?{urlencode({'campaign': request.GET.get('campaign', '')})}")
    form = CommissionForm(request.GET, campaigns=submittable_campaigns(request.actor.influencer_id))
    return render(request, "leads/_commission_preview.html", _preview_context(form, request.actor.influencer_id))


@require_GET
@influencer_required
def consent(request: HttpRequest) -> HttpResponse:
    """Show the consent sentence of the campaign that was chosen just now, its box not ticked."""
    if not request.htmx:
        return redirect(f"{reverse('leads:new')}?{urlencode({'campaign': request.GET.get('campaign', '')})}")
    campaigns = submittable_campaigns(request.actor.influencer_id)
    form = LeadForm(initial={"campaign": request.GET.get("campaign", "")}, campaigns=campaigns)
    return render(request, "leads/_consent.html", {"form": form})


def _submit(request: HttpRequest) -> HttpResponse:
    influencer_id = request.actor.influencer_id
    with acting_as(request.actor):
        form = LeadForm(request.POST, campaigns=submittable_campaigns(influencer_id))
        if not form.is_valid():
            return _page(request, form, status=422)
    submission = form.submission(get_adapter().get_client_ip(request))
    try:
        with acting_as(request.actor):
            lead = create_lead(
                influencer_id=influencer_id, campaign_id=UUID(form.cleaned_data["campaign"]), submission=submission
            )
    except Refusal as refusal:
        form.add_refusal(refusal)
        with acting_as(request.actor):
            return _page(request, form, status=422)
    messages.success(request, _sent_message(lead))
    return leave_page(request, f"{reverse('leads:new')}?{urlencode({'sent': str(lead.pk)})}")


def _preview_without_script(request: HttpRequest) -> HttpResponse:
    with acting_as(request.actor):
        form = LeadForm(request.POST, campaigns=submittable_campaigns(request.actor.influencer_id))
        form.forget_unasked_errors()
        return _page(request, form, is_previewed=True)


def _page(
    request: HttpRequest,
    form: LeadForm,
    *,
    sent: Lead | None = None,
    is_previewed: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = _preview_context(form, request.actor.influencer_id) | {
        "form": form,
        "sent": sent,
        "is_previewed": is_previewed,
        "cndp_notice": cndp_notice(),
    }
    return render_page_or_part(request, "leads/new.html", "leads/_new_lead.html", context, status=status)


def _preview_context(form: CommissionForm, influencer_id: UUID) -> dict[str, Any]:
    """What the preview shows: amounts, or what is wrong with the value; an empty value is not wrong yet."""
    value = (
        form.cleaned_data.get("estimated_value") if form.is_bound and not form.errors.get("estimated_value") else None
    )
    errors = form.errors.get("estimated_value", []) if form["estimated_value"].value() else []
    preview: CommissionPreview | None = None
    campaign = form.chosen_campaign
    if campaign:
        try:
            preview = commission_preview(
                influencer_id=influencer_id,
                campaign_id=campaign.pk,
                estimated_value=value,
                takes_leads=campaign.takes_leads,
            )
        except CampaignNotFound:
            campaign = None
    return {"preview": preview, "preview_campaign": campaign, "preview_errors": errors}


def _sent_message(lead: Lead) -> str:
    amounts = {
        "name": lead.customer_name,
        "commission": format_mad(lead.commission_amount),
        "share": format_mad(lead.influencer_commission_amount),
    }
    if lead.status == Lead.Status.PENDING:
        return _("Lead sent: %(name)s. Commission %(commission)s, your share %(share)s once validated.") % amounts
    return _("Lead sent and validated: %(name)s. Commission %(commission)s, your share %(share)s.") % amounts
