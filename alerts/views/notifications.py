"""The bell and the page of notifications, for merchants and influencers; staff have the staff site."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from alerts.forms import NotificationFilterForm
from alerts.polling import BellState, known_state, session_key_of, unchanged
from alerts.selectors import MOST_COUNTED, latest_notifications, notifications_of, unread_count
from alerts.services import mark_all_read, mark_read
from leads.selectors.pending import MENU_COUNT, menu_pending_count
from leadsmarket.lib.htmx import finish_action, render_page_or_part
from leadsmarket.lib.keyset import keyset_page

PAGE_SIZE = 25
CHANGED = ("notifications-changed",)


@require_safe
@role_required("merchant", "influencer")
def notifications(request: HttpRequest) -> HttpResponse:
    """Show what the person was told, newest first, by the filters; htmx gets the list alone."""
    form = NotificationFilterForm(request.GET, request.actor.role)
    found = notifications_of(request.actor.user_id, **form.filters)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(found, order="-created_at", cursor=cursor, size=PAGE_SIZE)
    context = {
        "form": form,
        "page": page,
        "here": f"{request.path}?{form.query(cursor=cursor)}",
        "has_unread": unread_count(request.actor.user_id) > 0,
        "previous_url": f"?{form.query(cursor=page.previous_cursor)}" if page.previous_cursor else "",
        "next_url": f"?{form.query(cursor=page.next_cursor)}" if page.next_cursor else "",
    }
    return render_page_or_part(request, "alerts/notifications.html", "alerts/_notifications.html", context)


@require_safe
@role_required("merchant", "influencer")
def latest(request: HttpRequest) -> HttpResponse:
    """Show the last ten in a dialog over any page; without htmx the bell leads to the page of all."""
    if not request.htmx:
        return redirect("alerts:notifications")
    shown = latest_notifications(request.actor.user_id)
    context = {"shown": shown, "has_unread": unread_count(request.actor.user_id) > 0}
    return render(request, "alerts/_latest.html", context)


@require_safe
@role_required("merchant", "influencer")
def bell(request: HttpRequest) -> HttpResponse:
    """Show the numbers that pages ask for every 30 s (unread; leads that wait for a merchant); 304 while they are the same."""
    if not request.htmx:
        return redirect("alerts:notifications")
    count = unread_count(request.actor.user_id)
    pending = menu_pending_count(request.actor.merchant_id) if request.actor.merchant_id else 0
    state = BellState(request.actor, get_language() or "", count, pending)
    if known_state(request) == state:
        return unchanged(request)
    context = {
        "count": count,
        "is_more": count >= MOST_COUNTED,
        "shown": min(count, MOST_COUNTED - 1),
        "has_menu_badge": bool(request.actor.merchant_id),
        "pending": pending,
        "pending_is_more": pending >= MENU_COUNT,
        "pending_shown": min(pending, MENU_COUNT - 1),
    }
    response = render(request, "alerts/_bell_count.html", context)
    response["ETag"] = state.etag(session_key_of(request))
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
def read_one(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Mark a notification read and stay where one is."""
    mark_read(get_object_or_404(notifications_of(request.actor.user_id), pk=notification_id))
    return finish_action(request, "alerts:notifications", events=CHANGED, closes_dialog=False)


@require_POST
@role_required("merchant", "influencer")
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of the person's notifications read."""
    mark_all_read(user_id=request.actor.user_id)
    return finish_action(request, "alerts:notifications", events=CHANGED, closes_dialog=False)
