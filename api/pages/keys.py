"""The section's first page, and its keys."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import fresh_log_in_required
from api.models import ApiKey
from api.pages.access import decider_required, show_once, side_required
from api.pages.forms import ApiKeyForm
from api.selectors import api_keys, webhook_endpoints
from api.services.keys import MOST_KEYS, create_api_key, revoke_api_key
from api.services.sides import may_decide
from api.services.webhooks.endpoints import MOST_ENDPOINTS
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, render_page_or_part


@side_required
@require_GET
def access(request: HttpRequest) -> HttpResponse:
    """Show a side's keys and webhooks; members of a team may look."""
    keys, endpoints = list(api_keys()), list(webhook_endpoints())
    context = {
        "keys": keys,
        "endpoints": endpoints,
        "can_change": may_decide(),
        "can_add_key": sum(key.revoked_at is None for key in keys) < MOST_KEYS,
        "can_add_endpoint": len(endpoints) < MOST_ENDPOINTS,
    }
    return render_page_or_part(request, "api/access.html", "api/_access.html", context)


@decider_required
@fresh_log_in_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Make a key and show it, once."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            key, text = create_api_key(**form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return show_once(request, "key_made", {"key": key, "secret": text})
    status = 422 if form.is_bound else 200
    return render_page_or_part(request, "api/key.html", "api/_key_dialog.html", {"form": form}, status=status)


@decider_required
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ask whether it is meant, then end a key."""
    key = get_object_or_404(ApiKey, pk=key_id)
    if request.method == "POST":
        revoke_api_key(key_id=key.pk)
        messages.success(request, _("The key is revoked. Programs that use it are refused from now on."))
        return finish_action(request, "partner:access", events=("access-changed",))
    return render_page_or_part(request, "api/revoke.html", "api/_revoke_dialog.html", {"key": key})
