"""Receipts for download. A PDF is made by a worker, never in a web request: until it is there, a page waits for it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import merchant_required
from leadsmarket.lib.htmx import render_page_or_part, wants_part
from payments.models import Receipt
from payments.selectors.receipts import receipt_of, stored_pdf


@require_safe
@merchant_required
def receipt(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Send the receipt of a payment, the same bytes for ever; 404 where there is none or it is another merchant's."""
    found = receipt_of(payment_id)
    if found is None:
        raise Http404
    if found.file and not wants_part(request):
        return pdf_response(found)
    response = render_page_or_part(
        request, "payments/receipt_waiting.html", "payments/_receipt_waiting.html", {"receipt": found}
    )
    response["Cache-Control"] = "private, no-store"
    return response


def pdf_response(receipt: Receipt) -> HttpResponse:
    """Return the download of a receipt that has its file."""
    response = HttpResponse(stored_pdf(receipt), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{receipt.number}.pdf"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{receipt.file_sha256}"'
    return response
