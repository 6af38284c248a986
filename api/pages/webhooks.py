"""Webhooks set up and changed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import fresh_log_in_required
from api.models import WebhookEndpoint
from api.pages.access import decider_required, show_once
from api.pages.forms import WebhookForm
from api.selectors import webhook_endpoints
from api.services.webhooks import change_endpoint, create_endpoint, remove_endpoint, roll_secret, switch_endpoint
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, leave_page, render_page_or_part

EVENTS = ("access-changed",)


@decider_required
@fresh_log_in_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Set up a webhook and show its secret, once."""
    form = WebhookForm(_posted(request), role=request.actor.role)
    if form.is_bound and form.is_valid():
        try:
            endpoint, secret = create_endpoint(**form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return show_once(request, "secret_made", {"endpoint": endpoint, "secret": secret})
    return _render_form(request, form, None)


@decider_required
@fresh_log_in_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Change where a webhook goes and what it is told."""
    endpoint = _own(endpoint_id)
    form = WebhookForm(_posted(request), role=request.actor.role, endpoint=endpoint)
    if form.is_bound and form.is_valid():
        try:
            change_endpoint(endpoint_id=endpoint.pk, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Your changes are saved."))
            return finish_action(request, endpoint_page(endpoint), events=EVENTS)
    return _render_form(request, form, endpoint)


@decider_required
@fresh_log_in_required
@require_http_methods(["GET", "POST"])
def roll(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then show a new secret, once."""
    endpoint = _own(endpoint_id)
    if request.method == "POST":
        endpoint, secret = roll_secret(endpoint_id=endpoint.pk)
        return show_once(request, "secret_made", {"endpoint": endpoint, "secret": secret})
    return _ask(request, endpoint, "roll")


@decider_required
@require_POST
def switch_on(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send events to a webhook again."""
    endpoint = switch_endpoint(endpoint_id=_own(endpoint_id).pk, is_on=True)
    messages.success(request, _("The webhook is on."))
    return finish_action(request, endpoint_page(endpoint), events=EVENTS)


@decider_required
@require_http_methods(["GET", "POST"])
def switch_off(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then send nothing more."""
    endpoint = _own(endpoint_id)
    if request.method == "POST":
        switch_endpoint(endpoint_id=endpoint.pk, is_on=False)
        messages.success(request, _("The webhook is off."))
        return finish_action(request, endpoint_page(endpoint), events=EVENTS)
    return _ask(request, endpoint, "off")


@decider_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then take a webhook away."""
    endpoint = _own(endpoint_id)
    if request.method == "POST":
        remove_endpoint(endpoint_id=endpoint.pk)
        messages.success(request, _("The webhook is removed."))
        return leave_page(request, "partner:access")
    return _ask(request, endpoint, "remove")


def endpoint_page(endpoint: WebhookEndpoint) -> str:
    """Return the address of a webhook's page."""
    return reverse("partner:webhook", args=[endpoint.pk])


def _own(endpoint_id: UUID) -> WebhookEndpoint:
    return get_object_or_404(webhook_endpoints(), pk=endpoint_id)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _render_form(request: HttpRequest, form: WebhookForm, endpoint: WebhookEndpoint | None) -> HttpResponse:
    context = {"form": form, "endpoint": endpoint}
    status = 422 if form.is_bound else 200
    return render_page_or_part(
        request, "api/webhook_form.html", "api/_webhook_form_dialog.html", context, status=status
    )


def _ask(request: HttpRequest, endpoint: WebhookEndpoint, step: str) -> HttpResponse:
    """Ask whether a step (`off`, `remove`, `roll`) is meant."""
    context = {"endpoint": endpoint, "step": step}
    return render_page_or_part(request, "api/webhook_step.html", "api/_webhook_step_dialog.html", context)
