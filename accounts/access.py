"""Who may open a page. Rows are the business of row level security; a foreign one is a 404."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

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


merchant_required = role_required("merchant")
influencer_required = role_required("influencer")
