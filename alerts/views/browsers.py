"""Notifications of the browser: the script that shows them, and switching them on and off."""

from django.contrib import messages
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import role_required
from alerts.services.browsers import subscribe_browser, unsubscribe_browser
from leadsmarket.lib.errors import Refusal

SCRIPT = "alerts/service-worker.js"


@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the script that shows notifications; it may serve the whole site, which a static file may not."""
    path = finders.find(SCRIPT) or staticfiles_storage.path(SCRIPT)
    with open(path, "rb") as file:
        response = HttpResponse(file.read(), content_type="text/javascript")
    response["Service-Worker-Allowed"] = "/"
    return response


@require_POST
@role_required("merchant", "influencer", "staff")
def subscribe(request: HttpRequest) -> HttpResponse:
    """Show the person's notifications in the browser that asks."""
    try:
        subscribe_browser(
            user_id=request.actor.user_id,
            endpoint=request.POST.get("endpoint", ""),
            public_key=request.POST.get("public_key", ""),
            authentication_secret=request.POST.get("authentication_secret", ""),
            browser=request.headers.get("User-Agent", ""),
        )
    except Refusal as error:
        return JsonResponse({"message": str(error)}, status=error.status)
    messages.success(request, _("This browser shows your notifications now."))
    return JsonResponse({})


@require_POST
@role_required("merchant", "influencer", "staff")
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Show nothing in the browser that asks any more."""
    unsubscribe_browser(user_id=request.actor.user_id, endpoint=request.POST.get("endpoint", ""))
    messages.success(request, _("This browser shows no notifications any more."))
    return JsonResponse({})
