"""All payments of a merchant, on a page and as a file."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.access import merchant_required
from accounts.audit import record_audit
from accounts.models import User
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page
from leadsmarket.lib.transactions import manages_transactions
from leadsmarket.lib.workbooks import list_response
from payments.exports import PAYMENTS
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


@manages_transactions
@require_GET
@merchant_required
def export(request: HttpRequest, file_format: str) -> StreamingHttpResponse:
    """Send the payments of the list, the latest first, as `csv` or `xlsx`."""
    merchant_id, filters = request.actor.merchant_id, PaymentFilters(request.GET)
    with acting_as(request.actor):
        payments = filters.apply(merchant_payments(merchant_id)).select_related(None)
        response = list_response(
            payments.order_by("-created_at", "-id"),
            PAYMENTS,
            actor=request.actor,
            name="payments",
            title=_("Payments"),
            file_format=file_format,
        )
        given = {name: str(value) for name, value in filters.cleaned_data.items() if value}
        record_audit(
            "payments.payment.exported",
            User(pk=request.actor.user_id),
            merchant_id=merchant_id,
            data={"format": file_format} | given,
        )
    return response
