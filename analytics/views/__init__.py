"""The dashboards: one address, a page for each role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts.access import role_required
from analytics.views.influencer import influencer_dashboard
from analytics.views.merchant import merchant_dashboard


@require_GET
@role_required("merchant", "influencer", "staff")
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the dashboard of whoever asks; staff work in the admin."""
    role = request.actor.role
    if role == "staff":
        return redirect("admin:index")
    return merchant_dashboard(request) if role == "merchant" else influencer_dashboard(request)
