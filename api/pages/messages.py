"""The log of a webhook: what was sent, what was answered; a test, and sending once more."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from api.content import to_json
from api.pages.access import decider_required, side_required
from api.pages.forms import MessageFilters
from api.pages.webhooks import endpoint_page
from api.selectors import webhook_endpoints, webhook_message, webhook_messages
from api.services.sides import may_decide
from api.services.webhooks import resend_message, send_test
from leadsmarket.lib.errors import NotFound, Refusal
from leadsmarket.lib.htmx import finish_action, render_page_or_part
from leadsmarket.lib.keyset import keyset_page

PAGE_SIZE = 25
EVENTS = ("access-changed",)


@side_required
@require_GET
def log(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show a webhook with what was and will be sent to it, the latest first."""
    endpoint = get_object_or_404(webhook_endpoints(), pk=endpoint_id)
    filters = MessageFilters(request.GET, role=request.actor.role)
    chosen = filters.chosen()
    page = keyset_page(
        webhook_messages(endpoint.pk, **chosen),
        order="-created_at",
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "endpoint": endpoint,
        "filters": filters,
        "is_filtered": any(chosen.values()),
        "page": page,
        "can_change": may_decide(),
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, "api/webhook.html", "api/_webhook.html", context)


@side_required
@require_GET
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Show one message: what it says, and each attempt with its answer."""
    found = webhook_message(message_id)
    if found is None:
        raise Http404
    context = {
        "message": found,
        "endpoint": found.endpoint,
        "body": _indented(json.loads(found.body, parse_float=Decimal)) if found.body else "",
        "attempts": found.attempts.order_by("-number"),
        "can_change": may_decide(),
    }
    return render_page_or_part(request, "api/message.html", "api/_message.html", context)


@decider_required
@require_POST
def test(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a test."""
    endpoint = get_object_or_404(webhook_endpoints(), pk=endpoint_id)
    try:
        send_test(endpoint_id=endpoint.pk)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("A test is on its way; the answer is shown here in a moment."))
    return finish_action(request, endpoint_page(endpoint), events=EVENTS)


@decider_required
@require_POST
def resend(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Send a message once more."""
    try:
        resend_message(message_id=message_id)
    except NotFound as error:
        raise Http404 from error
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The message is on its way once more."))
    return finish_action(request, reverse("partner:message", args=[message_id]), events=EVENTS)


def _indented(value: Any, margin: str = "") -> str:
    """Write JSON for the eye, with amounts as they were sent (`80.00`)."""
    if not isinstance(value, dict) or not value:
        return to_json(value)
    inner = margin + "  "
    lines = [f"{inner}{to_json(name)}: {_indented(entry, inner)}" for name, entry in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
