"""What follows from a log-in on each request: the list of sessions, and the second factor that staff must have."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.sessions import note_session
from leadsmarket.middleware.actor import AUTHENTICATION_PATHS


class LoginSessionMiddleware:
    """Note from time to time where and when a session is used. Stands outside the request's transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            note_session(request, request.user)
        return response


class StaffSecondFactorMiddleware:
    """Lead staff without the second factor that they must have to its page, wherever they go.

    Row security takes them for nobody meanwhile (accounts.selectors.actor_of), so this is courtesy, not the lock.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._must_set_up(request):
            return self.get_response(request)
        messages.warning(request, _("Staff log in with a second factor. Set yours up to go on."))
        target = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
        return redirect(f"{reverse('mfa_activate_totp')}?{target}")

    @staticmethod
    def _must_set_up(request: HttpRequest) -> bool:
        if request.path_info.startswith((*AUTHENTICATION_PATHS, "/api/")):
            return False
        user = request.user
        return user.is_authenticated and user.is_staff and request.actor.role != "staff"  # type: ignore[attr-defined]
