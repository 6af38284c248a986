"""Who may do what on the pages of API access, and how a secret is shown once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from accounts.access import role_required
from api.services.sides import may_decide
from leadsmarket.lib.htmx import render_page_or_part

View = Callable[..., HttpResponse]

side_required = role_required("merchant", "influencer")


def decider_required(view: View) -> View:
    """Let in who decides for a side: an influencer, the owner of a company's account. A member of the team gets 403."""

    @wraps(view)
    @side_required
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not may_decide():
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def show_once(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Show a secret in the answer to the form that made it; no cache keeps it. The list behind a dialog renews itself."""
    response = render_page_or_part(request, f"api/{name}.html", f"api/_{name}_dialog.html", context)
    add_never_cache_headers(response)
    response["HX-Trigger"] = "access-changed"
    return response
