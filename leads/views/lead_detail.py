"""One lead, for the merchant who decides it and the influencer who brought it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import role_required
from leads.selectors.leads import lead_with_history
from leads.services.returns import can_be_returned
from leadsmarket.lib.htmx import render_page_or_part


@require_GET
@role_required("merchant", "influencer")
def detail(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Show everything about a lead and, to the merchant, what can be done with it now."""
    found = lead_with_history(lead_id)
    if found is None:
        raise Http404
    lead, history = found
    is_merchant = request.actor.role == "merchant"
    asked = getattr(lead, "return_request", None)
    context = {
        "lead": lead,
        "history": history,
        "is_merchant": is_merchant,
        "asked": asked,
        "can_return": is_merchant and asked is None and can_be_returned(lead),
    }
    return render_page_or_part(request, "leads/detail.html", "leads/_detail.html", context)
