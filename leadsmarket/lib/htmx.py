"""Answers to htmx: parts of pages, finished actions, messages as toasts, refusals.

Each page works without htmx first; these helpers add the second face of the same URL.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

MESSAGES_BY_STATUS = {
    400: _("This request could not be understood. Reload the page and try again."),
    403: _("You don't have the right to do this, or the page has expired. Reload it and try again."),
    404: _("This no longer exists, or you can't see it."),
    409: _("This was changed meanwhile. Reload the page to see how it stands now."),
    429: _("Too many attempts. Wait a minute, then try again."),
}
SERVER_ERROR = _("Something went wrong on our side. Nothing was changed; please try again in a moment.")


def _htmx(request: HttpRequest) -> HtmxDetails:
    """What django-htmx's middleware says about the request; false for a plain browser."""
    return request.htmx  # type: ignore[attr-defined]


def wants_part(request: HttpRequest) -> bool:
    """Whether `render_page_or_part` will render the part."""
    # "Back" after a lost history cache asks with htmx's headers but needs the whole page.
    htmx = _htmx(request)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page_or_part(
    request: HttpRequest, page: str, part: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render the part for an htmx request, else the whole page (which includes the same part).

    status 422 with a bound form: the typed values stay and each error stands beside its field.
    """
    response = render(request, part if wants_part(request) else page, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def finish_action(
    request: HttpRequest, redirect_to: str, *, events: tuple[str, ...] = (), closes_dialog: bool = True
) -> HttpResponse:
    """Answer a POST that has done its work: close the dialog and tell the lists, or redirect without htmx.

    redirect_to: what `redirect()` takes. events: names that parts listen to (`hx-trigger="leads-changed from:body"`).
    closes_dialog: False for one that goes on. Toasts come from `messages.success(request, …)`, called before this.
    """
    if not _htmx(request):
        return redirect(redirect_to)
    response = HttpResponse()
    response["HX-Reswap"] = "none"
    # The dialog last: events start at the form inside it and must still reach the body.
    response["HX-Trigger"] = json.dumps(dict.fromkeys((*events, *(("closeDialog",) if closes_dialog else ())), True))
    return response


def leave_page(request: HttpRequest, redirect_to: str) -> HttpResponse:
    """Answer a POST that has done its work by opening another page, with or without htmx. Messages survive."""
    if not _htmx(request):
        return redirect(redirect_to)
    response = HttpResponse()
    response["HX-Redirect"] = resolve_url(redirect_to)
    return response


class HtmxMessagesMiddleware:
    """Give htmx what a browser gets from whole pages: messages (as toasts), log-in redirects and error pages.

    An htmx request that is sent to the log-in page is told 401 and "your session has ended", so that no log-in page
    lands inside a card and the page stops polling; other refusals without a message get one by their status.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _htmx(request):
            return response
        if self._leads_to_login(response):
            return self._session_ended(request)
        if response.has_header("HX-Redirect") or response.has_header("HX-Refresh") or response.streaming:
            return response
        if 300 <= response.status_code < 400 or response.status_code == 204:
            return response
        if response.status_code >= 400 and response.status_code != 422:
            response = self._refusal(request, response.status_code)
        return self._with_toasts(request, response)

    @staticmethod
    def _leads_to_login(response: HttpResponse) -> bool:
        location = response.headers.get("Location", "")
        return response.status_code == 302 and location.split("?")[0] == resolve_url(settings.LOGIN_URL)

    @staticmethod
    def _session_ended(request: HttpRequest) -> HttpResponse:
        page = _htmx(request).current_url_abs_path or "/"
        login_link = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}"
        return HttpResponse(render_to_string("_session_ended.html", {"login_link": login_link}, request), status=401)

    @staticmethod
    def _refusal(request: HttpRequest, status: int) -> HttpResponse:
        if not messages.get_messages(request):
            default = SERVER_ERROR if status >= 500 else MESSAGES_BY_STATUS[400]
            messages.error(request, MESSAGES_BY_STATUS.get(status, default))
        response = HttpResponse(status=status)
        response["HX-Reswap"] = "none"
        return response

    @staticmethod
    def _with_toasts(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_html = response.headers.get("Content-Type", "").startswith("text/html")
        # A body with an ETag is kept by the browser: a toast in it would come back with each 304.
        if is_html and not response.has_header("ETag") and messages.get_messages(request):
            response.content += render_to_string("_toasts.html", {}, request).encode()
        return response
