"""The merchant's dashboard: gauge, pending leads, key figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def merchant_dashboard(request: HttpRequest) -> HttpResponse:
    """Show how a merchant stands."""
    return render(request, "analytics/merchant.html")
