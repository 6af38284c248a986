"""Payments as the API shows them."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from api.operations import shown
from api.payments.serializers import PaymentAnswer
from deposits.models import PaymentMethod
from payments.models import Payment, Receipt
from payments.selectors.payments import failure_reason
from payments.selectors.transfers import transfer_account
from payments.services import StartedPayment


def payment_answer(payment: Payment, receipt: Receipt | None = None) -> dict[str, Any]:
    """Return a payment with its receipt; no query."""
    path = reverse("api:get_receipt", args=[payment.pk]) if receipt else None
    extra = {
        "payment_url": payment.payment_url if payment.is_open else "",
        "failure_message": failure_reason(payment),
        "receipt_number": receipt.number if receipt else None,
        "receipt_url": settings.SITE_URL + path if path else None,
    }
    names = {field: getattr(payment, field) for field in _OWN_FIELDS}
    return shown(PaymentAnswer, names | extra)


def started_answer(started: StartedPayment) -> dict[str, Any]:
    """Return a payment that was started and what the payer needs to make it: a page, a form, or the bank's details."""
    payment = started.payment
    answer: dict[str, Any] = {
        "payment_id": payment.pk,
        "payment_url": started.payment_url,
        "payment": payment_answer(payment),
    }
    if started.form_fields:
        answer["form"] = {"action": started.payment_url, "fields": started.form_fields}
    if payment.method == PaymentMethod.BANK_TRANSFER:
        answer["transfer"] = transfer_account() | {"reference": payment.reference}
    return answer


_ADDED = {"payment_url", "failure_message", "receipt_number", "receipt_url", "currency"}
_OWN_FIELDS = [name for name in PaymentAnswer().fields if name not in _ADDED]
