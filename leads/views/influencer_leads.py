"""An influencer's leads; the address is shared with the merchant's list, see leads.views.lead_list."""

from django.http import HttpRequest, HttpResponse

from leads.forms.influencer_filters import InfluencerLeadFilterForm
from leads.selectors.influencer import influencer_lead_rows, submitted_campaigns
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page

PAGE_SIZE = 25


def influencer_leads(request: HttpRequest) -> HttpResponse:
    """Show the leads that an influencer brought, the latest first, and what became of each."""
    influencer_id = request.actor.influencer_id
    form = InfluencerLeadFilterForm(request.GET, submitted_campaigns(influencer_id))
    cursor = request.GET.get("cursor", "")
    leads = influencer_lead_rows(influencer_id, form.filters)
    page = keyset_page(leads, order="-created_at", cursor=cursor, size=PAGE_SIZE)
    context = {
        "form": form,
        "page": page,
        "query": form.query(cursor=cursor),
        "export_query": form.query(),
        "previous_url": f"?{form.query(cursor=page.previous_cursor)}" if page.previous_cursor else "",
        "next_url": f"?{form.query(cursor=page.next_cursor)}" if page.next_cursor else "",
    }
    return render_page_or_part(request, "leads/influencer_list.html", "leads/_influencer_list.html", context)
