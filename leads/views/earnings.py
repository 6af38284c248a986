"""What an influencer earned and when it becomes payable."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import influencer_required
from leads.selectors.earnings import earning_entries, earnings_of
from leads.services.earnings import RETURN_WINDOW
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page

PAGE_SIZE = 25


@require_GET
@influencer_required
def earnings(request: HttpRequest) -> HttpResponse:
    """Show an influencer's balance and its changes, the latest first."""
    influencer_id = request.actor.influencer_id
    cursor = request.GET.get("cursor", "")
    page = keyset_page(earning_entries(influencer_id), order="-sequence", cursor=cursor, size=PAGE_SIZE)
    context = {
        "earnings": earnings_of(influencer_id),
        "page": page,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
        "return_days": RETURN_WINDOW.days,
    }
    return render_page_or_part(request, "leads/earnings.html", "leads/_earnings.html", context)
