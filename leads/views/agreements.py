"""Agreements: a merchant's with its influencers, an influencer's with merchants."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import merchant_required, role_required
from leads.forms.agreements import AgreementTermsForm, InvitationForm, ReasonForm
from leads.models import InfluencerAgreement
from leads.selectors.agreements import (
    MOST_REQUESTS,
    VIEWS,
    agreement_in_view,
    applications,
    campaigns_for_agreement,
    influencer_agreement_page,
    invitations,
    merchant_agreement_page,
)
from leads.selectors.campaigns import EXAMPLE_VALUES
from leads.services import (
    accept_agreement,
    change_agreement_terms,
    decline_agreement,
    invite_influencer,
    resume_agreement,
    suspend_agreement,
    terminate_agreement,
)
from leadsmarket.lib.errors import NotFound, Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, render_page_or_part

EVENTS = ("agreements-changed",)
VIEW_LABELS: dict[str, str | Promise] = {
    "open": gettext_lazy("Open"),
    "active": gettext_lazy("Active"),
    "suspended": gettext_lazy("Suspended"),
    "ended": gettext_lazy("Ended"),
}


@role_required("merchant", "influencer")
@require_GET
def agreements(request: HttpRequest) -> HttpResponse:
    """Both sides' agreements: what waits for an answer first, then the others, filtered by state."""
    view = request.GET.get("state", "open")
    view = view if view in VIEWS else "open"
    cursor = request.GET.get("cursor", "")
    if request.actor.role == "merchant":
        page, rows = merchant_agreement_page(request.actor.merchant_id, view=view, cursor=cursor)
        context = {"rows": rows, "requests": applications(request.actor.merchant_id)}
        names = "leads/agreements.html", "leads/_agreements_list.html"
    else:
        page = influencer_agreement_page(request.actor.influencer_id, view=view, cursor=cursor)
        context = {"agreements": page.rows, "requests": invitations(request.actor.influencer_id)}
        names = "leads/agreements_mine.html", "leads/_agreements_mine_list.html"
    context |= {
        "state": view,
        "states": VIEW_LABELS.items(),
        "example_values": EXAMPLE_VALUES,
        "has_more_requests": len(context["requests"]) == MOST_REQUESTS,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, *names, context)


@merchant_required
@require_http_methods(["GET", "POST"])
def agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Change an agreement's terms for the leads to come."""
    found = get_object_or_404(agreement_in_view(agreement_id))
    form = AgreementTermsForm(_posted(request), agreement=found)
    if request.method == "POST" and form.is_valid():

        def change() -> None:
            change_agreement_terms(agreement_id=agreement_id, terms=form.terms())

        answer = _carried_out(request, form, change, _("The terms are changed for the leads to come."))
        if answer:
            return answer
    return _render_dialog(request, form, "terms", {"agreement": found})


@role_required("merchant", "influencer")
@require_http_methods(["GET", "POST"])
def agreement_step(request: HttpRequest, agreement_id: UUID, step: str) -> HttpResponse:
    """Accept, decline, suspend, resume or end an agreement. GET asks whether it is meant, and for what belongs to it."""
    if step not in STEP_SERVICES:
        raise Http404
    if request.actor.role != "merchant" and step in MERCHANT_STEPS:
        raise PermissionDenied
    found = get_object_or_404(agreement_in_view(agreement_id))
    form = _step_form(request, found, step)
    if request.method == "POST" and form.is_valid():

        def take_step() -> None:
            _take_step(found, step, form)

        answer = _carried_out(request, form, take_step, _step_text(found, step, request.actor.role))
        if answer:
            return answer
    return _render_dialog(
        request, form, "step", {"agreement": found, "step": step, "withdraws": _withdraws(found, request.actor.role)}
    )


@merchant_required
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Offer an influencer an agreement for one campaign or for all."""
    merchant_id = request.actor.merchant_id
    form = InvitationForm(
        _posted(request),
        campaigns=campaigns_for_agreement(merchant_id),
        campaign_id=request.GET.get("campaign", ""),
    )
    if request.method == "POST" and form.is_valid():
        campaign = form.cleaned_data["campaign"]

        def offer() -> None:
            invite_influencer(
                merchant_id=merchant_id,
                email=form.cleaned_data["email"],
                campaign_id=campaign.pk if campaign else None,
                terms=form.terms(),
            )

        answer = _carried_out(request, form, offer, _("The invitation is sent. The influencer will answer it."))
        if answer:
            return answer
    return _render_dialog(request, form, "invite", {})


def _carried_out(
    request: HttpRequest, form: forms.Form, action: Callable[[], None], success: str
) -> HttpResponse | None:
    """Do what the form asks for; None when the refusal belongs to the form, which is then shown again."""
    try:
        action()
    except NotFound as missing:
        raise Http404 from missing
    except Refusal as refusal:
        if refusal.fields or isinstance(form, InvitationForm):
            add_refusal(form, refusal)
            return None
        messages.error(request, str(refusal))
    else:
        messages.success(request, success)
    return finish_action(request, reverse("leads:agreements"), events=EVENTS)


def _render_dialog(request: HttpRequest, form: forms.Form, name: str, context: dict) -> HttpResponse:
    return render_page_or_part(
        request,
        f"leads/agreement_{name}.html",
        f"leads/_agreement_{name}_dialog.html",
        context | {"form": form},
        status=422 if form.is_bound else 200,
    )


def _step_form(request: HttpRequest, agreement: InfluencerAgreement, step: str) -> forms.Form:
    data = _posted(request)
    if step in ("suspend", "terminate"):
        return ReasonForm(data)
    if step == "accept" and request.actor.role == "merchant" and not agreement.is_invitation:
        return AgreementTermsForm(data, agreement=agreement)
    return forms.Form(data)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _take_step(agreement: InfluencerAgreement, step: str, form: forms.Form) -> None:
    if isinstance(form, AgreementTermsForm):
        accept_agreement(agreement_id=agreement.pk, terms=form.terms())
    else:
        STEP_SERVICES[step](agreement_id=agreement.pk, **form.cleaned_data)


# What only a merchant can do; whether a step is possible now is the service's to say.
MERCHANT_STEPS = ("suspend", "resume", "terminate")
STEP_SERVICES: dict[str, Callable[..., InfluencerAgreement]] = {
    "accept": accept_agreement,
    "decline": decline_agreement,
    "suspend": suspend_agreement,
    "resume": resume_agreement,
    "terminate": terminate_agreement,
}
_STEP_TEXTS = {
    "accept": lambda: _("The agreement is active."),
    "suspend": lambda: _("The agreement is suspended."),
    "resume": lambda: _("The agreement is active again."),
    "terminate": lambda: _("The agreement is ended."),
}


def _withdraws(agreement: InfluencerAgreement, role: str) -> bool:
    """Whether to decline means to take back one's own request."""
    return agreement.is_invitation == (role == "merchant")


def _step_text(agreement: InfluencerAgreement, step: str, role: str) -> str:
    if step != "decline":
        return _STEP_TEXTS[step]()
    if not _withdraws(agreement, role):
        return _("The request is declined.")
    return _("The invitation is withdrawn.") if agreement.is_invitation else _("The application is withdrawn.")
