"""All payments of a merchant."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import merchant_required
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page
from payments.forms.filters import PaymentFilters
from payments.selectors.payments import merchant_payments

PAGE_SIZE = 25


@require_safe
@merchant_required
def payment_list(request: HttpRequest) -> HttpResponse:
    """Show the merchant's payments, the latest first; htmx gets the table alone."""
    filters = PaymentFilters(request.GET)
    page = keyset_page(
        filters.apply(merchant_payments(request.actor.merchant_id)),
        order="-created_at",
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "filters": filters,
        "page": page,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, "payments/list.html", "payments/_list.html", context)
