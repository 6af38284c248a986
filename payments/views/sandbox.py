"""The built-in payment page: plays the bank, and tells us like one, by a signed webhook."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import merchant_required
from deposits.models import PaymentMethod
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.transactions import manages_transactions
from payments.gateways import gateway_for
from payments.gateways.sandbox.gateway import ACTIONS, signed_event
from payments.models import Payment
from payments.services import receive_webhook
from payments.tasks import queue_event


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def sandbox(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Show what is to be paid; what is chosen goes to the webhook's door, signature and all, then back to our page."""
    payment = _payment(request, payment_id)
    error = ""
    if request.method == "POST" and payment.is_open:
        action = request.POST.get("action", "")
        if action in ACTIONS:
            body, headers = signed_event(payment, action)
            receive_webhook(provider=PaymentMethod.SANDBOX, body=body, headers=headers, queue=queue_event)
            return redirect("payments:return", payment.pk)
        error = _("Choose one of the three answers.")
    status = 200 if request.method == "GET" else 422 if payment.is_open else 409
    return render(request, "payments/sandbox.html", {"payment": payment, "error": error}, status=status)


def _payment(request: HttpRequest, payment_id: UUID) -> Payment:
    if not gateway_for(PaymentMethod.SANDBOX).is_configured():
        raise Http404
    with acting_as(request.actor):
        payment = Payment.objects.select_related("merchant").filter(pk=payment_id, method=PaymentMethod.SANDBOX).first()
    if payment is None:
        raise Http404
    return payment
