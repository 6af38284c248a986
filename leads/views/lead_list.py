"""The list of all leads: the merchant's, and where an influencer's begins."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import role_required
from leads.forms.filters import LeadListFilterForm
from leads.selectors.leads import SEARCHED_LEADS, campaign_choices, merchant_leads
from leads.views.influencer_leads import influencer_leads
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page
from leadsmarket.lib.money import format_number

PAGE_SIZE = 25


@require_GET
@role_required("merchant", "influencer")
def lead_list(request: HttpRequest) -> HttpResponse:
    """Show a merchant's leads in every state, or the leads that an influencer brought."""
    return _merchant_leads(request) if request.actor.role == "merchant" else influencer_leads(request)


def _merchant_leads(request: HttpRequest) -> HttpResponse:
    merchant_id = request.actor.merchant_id
    campaigns = campaign_choices(merchant_id)
    form = LeadListFilterForm(request.GET, campaigns)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(merchant_leads(merchant_id, form.filters), order="-created_at", cursor=cursor, size=PAGE_SIZE)
    context = {
        "form": form,
        "page": page,
        "has_campaigns": bool(campaigns),
        "query": form.query(cursor=cursor),
        "export_query": form.query(),
        "previous_url": f"?{form.query(cursor=page.previous_cursor)}" if page.previous_cursor else "",
        "next_url": f"?{form.query(cursor=page.next_cursor)}" if page.next_cursor else "",
        "searched_leads": format_number(SEARCHED_LEADS),
    }
    return render_page_or_part(request, "leads/list.html", "leads/_list.html", context)
