"""The leads that wait for the merchant."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import merchant_required
from leads.pending_table import pending_table
from leadsmarket.lib.htmx import render_page_or_part


@require_GET
@merchant_required
def pending(request: HttpRequest) -> HttpResponse:
    """Show the pending leads; htmx gets the table alone, for filters, order, pages and every 30 s."""
    context = {"pending": pending_table(request.actor.merchant_id, request.GET)}
    return render_page_or_part(request, "leads/pending.html", "leads/_pending.html", context)
