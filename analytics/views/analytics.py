"""Analytics: one address, a page for each side, and the data of its charts."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from accounts.access import role_required
from analytics.charts import Chart
from analytics.views.merchant_analytics import MERCHANT_CHARTS, merchant_analytics, merchant_asks
from analytics.views.performance import INFLUENCER_CHARTS, influencer_asks, influencer_performance
from analytics.views.platform import PLATFORM_CHARTS, platform_asks

SIDES = {
    "merchant": (MERCHANT_CHARTS, merchant_asks),
    "influencer": (INFLUENCER_CHARTS, influencer_asks),
    "staff": (PLATFORM_CHARTS, platform_asks),
}


@require_GET
@role_required("merchant", "influencer")
def analytics(request: HttpRequest) -> HttpResponse:
    """Show the figures of whoever asks; staff have theirs on the admin's first page."""
    return merchant_analytics(request) if request.actor.role == "merchant" else influencer_performance(request)


@require_GET
@role_required(*SIDES)
def chart_data(request: HttpRequest, chart: str) -> JsonResponse:
    """Answer what a chart of one's own page draws, with the page's filters.

    404: no such chart, or a filter does not fit. Of staff those who may see leads.
    """
    if request.actor.role == "staff" and not request.user.has_perm("leads.view_lead"):
        raise PermissionDenied
    charts, read = SIDES[request.actor.role]
    if chart not in charts:
        raise Http404
    asks = read(request)
    if not asks.form.is_valid():
        raise Http404
    drawn: Chart | None = charts[chart](asks)
    if drawn is None:
        raise Http404
    return JsonResponse(drawn.as_json(), headers={"Cache-Control": "private, no-store"})
