"""Webhook addresses, under /webhooks/ and /api/webhooks/ (fixed by the API contract)."""

from django.urls import path

from deposits.models import PaymentMethod
from payments.views.webhooks import webhook

urlpatterns = [
    path("sandbox", webhook, {"provider": PaymentMethod.SANDBOX}, name="webhook_sandbox"),
]
