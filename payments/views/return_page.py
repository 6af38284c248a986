"""Where the browser comes back to: shows the payment's row and waits for it; whatever the address says, nothing is credited."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import merchant_required
from leadsmarket.lib.htmx import leave_page, render_page_or_part, wants_part
from leadsmarket.lib.money import format_mad
from payments.gateways import gateway_for
from payments.models import Payment
from payments.selectors.payments import failure_reason, payment_state

PATIENCE = timedelta(minutes=5)
"""How long the page asks by itself; afterwards the person does."""


@require_safe
@never_cache
@merchant_required
def return_page(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show how a payment stands. While it waits the page asks every 2 s; once settled that leads to the deposit."""
    state = payment_state(payment_id)
    if state is None:
        raise Http404
    payment = state.payment
    if wants_part(request) and payment.status == Payment.Status.SETTLED:
        return _show_deposit(request, payment)
    now = int(timezone.now().timestamp())
    since = _since(request.GET.get("since", ""), now)
    context = {
        "state": state,
        "payment": payment,
        "gateway": gateway_for(payment.method),
        "failure_reason": failure_reason(payment),
        "since": since,
        "polls": payment.is_open and now - since < PATIENCE.total_seconds(),
    }
    return render_page_or_part(request, "payments/return.html", "payments/_state.html", context)


def _show_deposit(request: HttpRequest, payment: Payment) -> HttpResponse:
    text = _("Payment received: %(amount)s credited. New balance: %(balance)s.") % {
        "amount": format_mad(payment.credited_amount or payment.amount),
        "balance": format_mad(payment.deposit.current_balance),
    }
    messages.success(request, text)
    return leave_page(request, reverse("deposits:detail", args=[payment.deposit_id]))


def _since(text: str, now: int) -> int:
    """When the page began to ask, in seconds; in its address, so that an unchanged answer is the same text."""
    if text.isascii() and text.isdecimal() and len(text) <= 12:
        return min(int(text), now)
    return now
