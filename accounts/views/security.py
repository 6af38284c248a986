"""Settings, section Security: how somebody logs in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import role_required


@role_required("merchant", "influencer", "staff")
@require_GET
def security_page(request: HttpRequest) -> HttpResponse:
    """Show how a person logs in, with the ways to change it."""
    return render(request, "accounts/security.html")
