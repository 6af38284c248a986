"""Who is asking (row level security), and in which language they read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation

from accounts.selectors import actor_of
from leadsmarket.lib.actor import AUTHENTICATION, Actor, acting_as

# Pages where a log-in, an e-mail address or a password is looked up or changed before or beside the person's own rows.
AUTHENTICATION_PATHS = ("/accounts/", "/i18n/")


class RowSecurityMiddleware:
    """Run each request in one transaction as its actor; `request.actor` tells views who that is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = AUTHENTICATION
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            with acting_as(AUTHENTICATION):
                actor = actor_of(request.user)
        request.actor = actor  # type: ignore[attr-defined]
        if self._view_manages_transactions(request):
            return self.get_response(request)
        with acting_as(self._page_actor(request, actor)):
            return self.get_response(request)

    @staticmethod
    def _page_actor(request: HttpRequest, actor: Actor) -> Actor:
        if request.path_info.startswith(AUTHENTICATION_PATHS):
            return Actor("authentication", actor.user_id, actor.merchant_id, actor.influencer_id)
        return actor

    @staticmethod
    def _view_manages_transactions(request: HttpRequest) -> bool:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return False
        return getattr(match.func, "manages_transactions", False)


class UserLanguageMiddleware:
    """Show the pages of a logged-in person in the language that they chose for themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)
