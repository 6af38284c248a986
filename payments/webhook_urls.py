"""Webhook addresses, under /webhooks/ and /api/webhooks/ (fixed by the API contract)."""

from django.urls import path

from deposits.models import PaymentMethod
from payments.views import cmi
from payments.views.webhooks import webhook

urlpatterns = [
    path("stripe", webhook, {"provider": PaymentMethod.STRIPE}, name="webhook_stripe"),
    path("cmi", cmi.callback, name="webhook_cmi"),
    path("btcpay", webhook, {"provider": PaymentMethod.CRYPTO}, name="webhook_btcpay"),
    path("sandbox", webhook, {"provider": PaymentMethod.SANDBOX}, name="webhook_sandbox"),
]
