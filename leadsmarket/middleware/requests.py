"""The outermost middleware: probes answered at once, an id and a line for each request, a limit on what it brings."""

import logging
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import resolve
from django.utils.translation import gettext as _

from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.logs import begin_request, end_request
from leadsmarket.lib.visitor import client_ip
from leadsmarket.metrics import count_request

logger = logging.getLogger("leadsmarket.requests")

PROBES = ("/healthz", "/readyz", "/metrics")
FOREIGN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{7,63}")


class ProbesMiddleware:
    """Answer /healthz, /readyz and /metrics before anything else: no session, no transaction, any host name, no redirect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            return resolve(request.path_info).func(request)
        return self.get_response(request)


class RequestLogMiddleware:
    """Give each request an id (header X-Request-ID of the answer, field of each log line), log and count it.

    An id that comes with the request is kept only when it was written by a proxy of ours (TRUSTED_PROXY_COUNT): anybody else
    could make two requests look like one. The address is logged without its query, where people's data may stand.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = begin_request(_id_of_proxy(request))
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            view = request.resolver_match.view_name if request.resolver_match else ""
            count_request(view or "none", request.method or "", response.status_code, seconds)
            logger.info(
                "%s %s %s",
                request.method,
                request.path,
                response.status_code,
                extra={
                    "view": view,
                    "status": response.status_code,
                    "duration_ms": round(seconds * 1000, 1),
                    "user_id": _user_id(request),
                    "ip": client_ip(request),
                },
            )
        finally:
            end_request()
        response["X-Request-ID"] = request_id
        return response


class BodySizeMiddleware:
    """Refuse what is larger than anything the site takes before it is read or written to disk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return _refused(request, 400, _("The length of the body is no number."))
        if length > settings.LARGEST_REQUEST_BYTES:
            return _refused(request, 413, _("The body is too large."))
        return self.get_response(request)


def _refused(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """A page, or for programs an answer in the shape of every error of theirs."""
    if not request.path.startswith("/api/"):
        return render(request, f"{status}.html", status=status)
    error = {"code": InvalidInput.code, "message": message, "fields": {}}
    return JsonResponse({"success": False, "error": error}, status=InvalidInput.status)


def _id_of_proxy(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0 and FOREIGN_ID.fullmatch(given) else ""


def _user_id(request: HttpRequest) -> str | None:
    # Only where somebody asked for it already: no query for a log line.
    user = getattr(request, "_cached_user", None)
    return str(user.pk) if user is not None and user.pk else None
