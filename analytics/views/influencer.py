"""The influencer's dashboard."""

from django.http import HttpRequest, HttpResponse

from analytics.selectors.influencer import influencer_figures
from leads.selectors.earnings import earnings_of
from leads.selectors.influencer import influencer_lead_rows
from leads.selectors.submission import submittable_campaigns
from leadsmarket.lib.htmx import render_page_or_part

LATEST_LEADS = 5
SHOWN_CAMPAIGNS = 8


def influencer_dashboard(request: HttpRequest) -> HttpResponse:
    """Show an influencer's figures, the campaigns that take their leads, and their latest leads."""
    influencer_id = request.actor.influencer_id
    campaigns = submittable_campaigns(influencer_id)
    context = {
        "figures": influencer_figures(influencer_id),
        "earnings": earnings_of(influencer_id),
        "campaigns": campaigns[:SHOWN_CAMPAIGNS],
        "hidden_campaigns": max(len(campaigns) - SHOWN_CAMPAIGNS, 0),
        "leads": influencer_lead_rows(influencer_id).order_by("-created_at", "-id")[:LATEST_LEADS],
    }
    return render_page_or_part(request, "analytics/influencer.html", "analytics/_influencer.html", context)
