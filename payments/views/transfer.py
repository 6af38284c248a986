"""The bank details of a transfer: a page to copy from, and a PDF to hand on."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import merchant_required
from deposits.services import MINIMUM_OPENING_AMOUNT
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.pdf import html_to_pdf
from leadsmarket.lib.transactions import manages_transactions
from payments.models import Payment
from payments.selectors.transfers import bank_details, transfer_of


@require_safe
@never_cache
@merchant_required
def transfer(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show where to send the money, while it is waited for."""
    payment = _transfer(payment_id)
    if not payment.is_open:
        return redirect("payments:return", payment.pk)
    context = {"payment": payment, "details": bank_details(payment), "minimum": MINIMUM_OPENING_AMOUNT}
    return render(request, "payments/transfer.html", context)


@manages_transactions
@require_safe
@never_cache
@merchant_required
def transfer_pdf(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Send the same as a PDF. Made here, outside any transaction: it takes a moment, and is asked for rarely."""
    with acting_as(request.actor):
        payment = _transfer(payment_id)
    if not payment.is_open:
        return redirect("payments:return", payment.pk)
    context = {"payment": payment, "details": bank_details(payment)}
    content = html_to_pdf(render_to_string("payments/transfer_pdf.html", context))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{payment.reference}.pdf"'
    return response


def _transfer(payment_id: UUID) -> Payment:
    payment = transfer_of(payment_id)
    if payment is None:
        raise Http404
    return payment
