"""The merchant's dashboard: gauge, key figures, leads to decide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.access import merchant_required
from analytics.selectors.merchant import merchant_figures
from deposits.selectors import default_gauge
from deposits.services import MINIMUM_OPENING_AMOUNT
from leads.pending_table import pending_table
from leadsmarket.lib.htmx import render_page_or_part, wants_part

PENDING_LEADS = 10
"""Rows of the table on the dashboard; its own page has more."""


def merchant_dashboard(request: HttpRequest) -> HttpResponse:
    """Show how a merchant stands; htmx gets the table of pending leads alone, for filters, order, pages and every 30 s."""
    merchant_id = request.actor.merchant_id
    context: dict[str, object] = {
        "pending": pending_table(merchant_id, request.GET, size=PENDING_LEADS),
        "has_title": True,
    }
    if not wants_part(request):
        context["gauge"] = default_gauge(merchant_id)
        context["figures"] = merchant_figures(merchant_id)
        context["minimum_opening_amount"] = MINIMUM_OPENING_AMOUNT
    return render_page_or_part(request, "analytics/merchant.html", "leads/_pending.html", context)


@require_GET
@merchant_required
def merchant_dashboard_figures(request: HttpRequest) -> HttpResponse:
    """Show the key figures, which follow each decision and are asked for every 30 s."""
    if not request.htmx:
        return redirect("dashboard")
    figures = merchant_figures(request.actor.merchant_id)
    return render(request, "analytics/_merchant_figures.html", {"figures": figures})
