"""Campaigns: a merchant's own, and those that an influencer can join."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import influencer_required, merchant_required, role_required
from leads.errors import AgreementExists, CampaignNotFound
from leads.forms.agreements import ApplicationForm
from leads.forms.campaigns import STATUS_FILTERS, CampaignForm, CampaignTermsForm
from leads.models import Campaign
from leads.selectors.agreements import has_agreement, invitations
from leads.selectors.campaigns import (
    EXAMPLE_VALUES,
    campaign_rows,
    commission_examples,
    merchant_campaign_page,
    merchant_campaigns,
    open_campaigns,
)
from leads.services import (
    activate_campaign,
    apply_to_campaign,
    change_campaign,
    create_campaign,
    end_campaign,
    pause_campaign,
)
from leads.services.campaigns import DEFAULT_TERMS, CampaignTerms
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, leave_page, render_page_or_part
from leadsmarket.lib.keyset import keyset_page
from leadsmarket.lib.transactions import manages_transactions

CARDS_PER_PAGE = 12
STEPS = {"activate": activate_campaign, "pause": pause_campaign, "end": end_campaign}
EVENTS = ("campaigns-changed", "deposit-changed")
APPLY_EVENTS = ("agreements-changed", "campaigns-changed")


@role_required("merchant", "influencer")
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """A merchant's campaigns, or those that an influencer can join."""
    if request.actor.role == "merchant":
        return _merchant_campaigns(request)
    return _campaigns_to_join(request)


@manages_transactions
@merchant_required
@require_http_methods(["GET", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    """Make a campaign, active at once or as a draft."""
    form = CampaignForm(_posted(request))
    if request.method == "POST" and form.is_valid():
        activate = request.POST.get("action") != "draft"
        try:
            with acting_as(request.actor):
                campaign = create_campaign(
                    merchant_id=request.actor.merchant_id, activate=activate, **form.service_arguments()
                )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            if activate:
                _tell_activated(request, campaign, _("The campaign takes leads from now on."))
            else:
                messages.success(request, _("The draft is saved."))
            return leave_page(request, reverse("leads:campaign", args=[campaign.pk]))
    return _render_form(request, form, "leads/campaign_new.html", {})


@manages_transactions
@merchant_required
@require_http_methods(["GET", "POST"])
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One campaign of the merchant: its state and figures, its texts and terms to change."""
    with acting_as(request.actor):
        found = get_object_or_404(merchant_campaigns(request.actor.merchant_id), pk=campaign_id)
        (row,) = campaign_rows([found])
    form = CampaignForm(_posted(request), campaign=found)
    if request.method == "POST" and form.is_valid():
        try:
            with acting_as(request.actor):
                change_campaign(campaign_id=campaign_id, **form.service_arguments())
        except CampaignNotFound as missing:
            raise Http404 from missing
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Your changes are saved. They apply to leads from now on."))
            return leave_page(request, reverse("leads:campaign", args=[campaign_id]))
    return _render_form(request, form, "leads/campaign.html", {"row": row, "campaign": found})


@merchant_required
@require_GET
def campaign_state(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """State and figures of one campaign, the part of its page that follows each step."""
    found = get_object_or_404(merchant_campaigns(request.actor.merchant_id), pk=campaign_id)
    (row,) = campaign_rows([found])
    return render(request, "leads/_campaign_state.html", {"row": row, "campaign": found})


@merchant_required
@require_GET
def campaign_preview(request: HttpRequest) -> HttpResponse:
    """What leads cost under the terms typed so far; empty while they don't fit."""
    examples = _examples(CampaignTermsForm(request.GET))
    context = {"examples": examples}
    return render_page_or_part(request, "leads/campaign_preview.html", "leads/_campaign_preview.html", context)


@manages_transactions
@merchant_required
@require_http_methods(["GET", "POST"])
def campaign_status(request: HttpRequest, campaign_id: UUID, step: str) -> HttpResponse:
    """Activate, pause or end a campaign. GET asks whether it is meant."""
    if step not in STEPS:
        raise Http404
    with acting_as(request.actor):
        found = get_object_or_404(Campaign, pk=campaign_id)
    if request.method == "GET":
        context = {"campaign": found, "step": step}
        with acting_as(request.actor):
            return render_page_or_part(request, "leads/campaign_step.html", "leads/_campaign_step_dialog.html", context)
    try:
        with acting_as(request.actor):
            changed = STEPS[step](campaign_id=campaign_id)
    except CampaignNotFound as missing:
        raise Http404 from missing
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        text = _STEP_TEXTS[step]() % {"name": changed.name}
        if step == "activate":
            _tell_activated(request, changed, text)
        else:
            messages.success(request, text)
    return _after_step(request, campaign_id, step)


@influencer_required
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Read about an open campaign and ask its merchant for an agreement, with an optional message."""
    influencer_id = request.actor.influencer_id
    found = open_campaigns(influencer_id).filter(pk=campaign_id).first()
    if found is None:
        return _not_open(request, campaign_id)
    form = ApplicationForm(_posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            apply_to_campaign(influencer_id=influencer_id, campaign_id=campaign_id, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Your application is sent. The merchant will answer it."))
            return finish_action(request, reverse("leads:agreements"), events=APPLY_EVENTS)
    context = {"campaign": found, "form": form, "example_values": EXAMPLE_VALUES}
    status = 422 if form.is_bound else 200
    return render_page_or_part(request, "leads/apply.html", "leads/_apply_dialog.html", context, status=status)


def _merchant_campaigns(request: HttpRequest) -> HttpResponse:
    status = request.GET.get("status", "")
    status = status if status in dict(STATUS_FILTERS) else ""
    page, rows = merchant_campaign_page(request.actor.merchant_id, status=status, cursor=request.GET.get("cursor", ""))
    context = {
        "rows": rows,
        "status": status,
        "status_filters": STATUS_FILTERS,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, "leads/campaigns.html", "leads/_campaigns_list.html", context)


def _campaigns_to_join(request: HttpRequest) -> HttpResponse:
    influencer_id = request.actor.influencer_id
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    campaigns_found = open_campaigns(influencer_id, text=text)
    page = keyset_page(campaigns_found, order="-created_at", cursor=request.GET.get("cursor", ""), size=CARDS_PER_PAGE)
    context = {
        "campaigns": page.rows,
        "text": text,
        "example_values": EXAMPLE_VALUES,
        "invitation_count": len(invitations(influencer_id)),
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, "leads/campaigns_to_join.html", "leads/_campaigns_to_join_list.html", context)


def _render_form(request: HttpRequest, form: CampaignForm, page: str, context: dict) -> HttpResponse:
    status = 422 if form.is_bound else 200
    with acting_as(request.actor):
        context = context | {"form": form, "examples": _examples(form)}
        return render_page_or_part(request, page, "leads/_campaign_form.html", context, status=status)


def _examples(form: CampaignTermsForm) -> list:
    """The worked examples of what a form shows: the terms typed, nothing where they don't fit."""
    if not form.is_bound:
        terms = form.initial or DEFAULT_TERMS
        values = {name: terms[name] for name in CampaignTermsForm.base_fields}
    else:
        form.is_valid()
        values = {name: form.cleaned_data.get(name) for name in CampaignTermsForm.base_fields}
    if None in values.values():
        return []
    return commission_examples(CampaignTerms(**values))


def _not_open(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The campaign was paused meanwhile, or there is an agreement already: say which, and let the lists reload."""
    found = Campaign.objects.filter(pk=campaign_id).first()
    if found is None and request.method == "GET":
        raise Http404
    if found and has_agreement(request.actor.influencer_id, found):
        messages.warning(request, str(AgreementExists()))
    else:
        messages.warning(request, _("This campaign can't be joined now."))
    return finish_action(request, reverse("leads:campaigns"), events=APPLY_EVENTS)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _tell_activated(request: HttpRequest, campaign: Campaign, text: str) -> None:
    if campaign.pause_reason == Campaign.PauseReason.DEPLETED:
        messages.warning(
            request,
            _("“%(name)s” waits: its deposit is depleted. It takes leads as soon as you recharge.")
            % {"name": campaign.name},
        )
    else:
        messages.success(request, text)


def _after_step(request: HttpRequest, campaign_id: UUID, step: str) -> HttpResponse:
    """Go on where the step was taken: on the campaign's page or in the list."""
    page = reverse("leads:campaign", args=[campaign_id])
    if request.htmx and request.htmx.current_url_abs_path == page and step == "end":
        return leave_page(request, page)
    is_on_page = request.POST.get("from") == "campaign"
    return finish_action(request, page if is_on_page else reverse("leads:campaigns"), events=EVENTS)


_STEP_TEXTS = {
    "activate": lambda: _("“%(name)s” is active."),
    "pause": lambda: _("“%(name)s” is paused."),
    "end": lambda: _("“%(name)s” is ended."),
}
