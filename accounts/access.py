"""Who may open a page. Rows are the business of row level security; a foreign one is a 404."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.htmx import leave_page

View = Callable[..., HttpResponse]


def role_required(*roles: str) -> Callable[[View], View]:
    """Let people of these roles (`merchant`, `influencer`, `staff`) in: others get 403, visitors the log-in page.

    The role is the actor's, so a user whose company or influencer is switched off has none.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.actor.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def fresh_log_in_required(view: View, *, back_to: str = "") -> View:
    """Ask for the password (or a code) again before a dangerous act, unless that was done in the last five minutes.

    Bank accounts, API access, the log-in itself. Stands under the role's decorator and above the view. Afterwards the address
    is opened anew, or the one named `back_to` where this one answers to POST alone: what was typed before is not kept.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with acting_as(request.actor):
            asked_at = None if _is_fresh(request) else get_adapter().get_reauthentication_methods(request.user)
        if asked_at is None:
            return view(request, *args, **kwargs)
        if not asked_at:
            raise PermissionDenied
        target = reverse(back_to) if back_to else request.get_full_path()
        return leave_page(request, f"{asked_at[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: target})}")

    return guarded


def _is_fresh(request: HttpRequest) -> bool:
    try:
        reauthentication_required(lambda _request: None)(request)
    except ReauthenticationRequired:
        return False
    return True


merchant_required = role_required("merchant")
influencer_required = role_required("influencer")
