"""What browsers are told beside Django's own headers and the content security policy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from leadsmarket.settings.csp import STAFF_SITE_DIRECTIVES


class StaffSitePolicyMiddleware:
    """Loosen the content security policy for the staff site alone, as far as it needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_replace = STAFF_SITE_DIRECTIVES  # type: ignore[attr-defined]
        return response


class PermissionsMiddleware:
    """Switch off what the site never uses (camera, place, payment …), and keep other sites from embedding its answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PrivatePagesMiddleware:
    """Keep pages of people who are logged in out of every cache: the next one at this computer must not find them by "back".

    A view that sets Cache-Control itself knows better. Answers with an ETag may be kept, but are asked for each time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache" if response.has_header("ETag") else "private, no-store"
        return response
