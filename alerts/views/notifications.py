"""The bell and the page of notifications, for merchants and influencers; staff have the staff site."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from alerts.selectors import MOST_COUNTED, notifications_of, unread_count
from alerts.services import mark_all_read, mark_read
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page

PAGE_SIZE = 25


@require_safe
@role_required("merchant", "influencer")
def notifications(request: HttpRequest) -> HttpResponse:
    """Show what the person was told, newest first; htmx gets the list alone."""
    found = notifications_of(request.actor.user_id)
    page = keyset_page(found, order="-created_at", cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "page": page,
        "has_unread": unread_count(request.actor.user_id) > 0,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, "alerts/notifications.html", "alerts/_notifications.html", context)


@require_safe
@role_required("merchant", "influencer")
def bell(request: HttpRequest) -> HttpResponse:
    """Show the number that pages ask for every 30 s; 304 without a body while it is the same."""
    if not request.htmx:
        return redirect("alerts:notifications")
    count = unread_count(request.actor.user_id)
    etag = quote_etag(f"{request.actor.user_id}-{get_language()}-{count}")
    response = get_conditional_response(request, etag=etag)
    if response is None:
        context = {"count": count, "is_more": count >= MOST_COUNTED, "shown": min(count, MOST_COUNTED - 1)}
        response = render(request, "alerts/_bell_count.html", context)
    response["ETag"] = etag
    # The browser keeps it for this person alone and asks each time whether it still holds.
    response["Cache-Control"] = "private, no-cache"
    return response


@require_POST
@role_required("merchant", "influencer")
def open_notification(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Mark a notification read and go to the page that it is about."""
    notification = get_object_or_404(notifications_of(request.actor.user_id), pk=notification_id)
    mark_read(notification)
    return redirect(notification.url)


@require_POST
@role_required("merchant", "influencer")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of the person's notifications read."""
    mark_all_read(user_id=request.actor.user_id)
    return redirect("alerts:notifications")
