"""The sandbox gateway: a page of ours plays the provider and sends a signed webhook through the common path."""

import hashlib
import hmac
import json
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from payments.errors import InvalidSignature
from payments.gateways.base import Gateway, Notice, Said, SignedEvent, Started
from payments.models import Payment, WebhookEvent

SIGNATURE_HEADER = "x-sandbox-signature"

# What the page's buttons mean.
ACTIONS = {"pay": Said.PAID, "fail": Said.FAILED, "cancel": Said.CANCELLED}


class SandboxGateway(Gateway):
    """On with DEBUG or by SANDBOX_PAYMENTS; production refuses to start with it switched on by accident."""

    method = PaymentMethod.SANDBOX
    icon = "rocket"
    description = _("A trial payment on a page of ours: no real money moves.")

    def is_configured(self) -> bool:
        return settings.SANDBOX_PAYMENTS

    def start(self, payment: Payment) -> Started:
        page = reverse("payments:sandbox", args=[payment.pk])
        return Started(provider_id=f"sandbox_{payment.reference}", payment_url=settings.SITE_URL + page)

    def verify(self, body: bytes, headers: dict[str, str]) -> SignedEvent:
        if not self.is_configured() or not hmac.compare_digest(sign(body), headers.get(SIGNATURE_HEADER, "")):
            raise InvalidSignature
        event = json.loads(body)
        return SignedEvent(event["id"], event["type"])

    def notices(self, event: WebhookEvent) -> list[Notice]:
        payload = json.loads(event.body)
        return [
            Notice(
                said=Said(payload["type"]),
                reference=payload["reference"],
                provider_id=payload["payment"],
                ledger_key=f"sandbox:{payload['payment']}",
                amount=Decimal(payload["amount"]),
                currency=payload["currency"],
                failure_code="declined" if payload["type"] == Said.FAILED else "",
            )
        ]


def signed_event(payment: Payment, action: str, **changes: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of the webhook that the page sends when somebody chose `action` (pay, fail, cancel).

    changes: fields that a lying provider would send instead.
    """
    event = {
        "id": f"sandbox_evt_{uuid4()}",
        "type": ACTIONS[action],
        "payment": payment.provider_id,
        "reference": payment.reference,
        "amount": str(payment.amount),
        "currency": "MAD",
    }
    body = json.dumps(event | changes).encode()
    return body, {SIGNATURE_HEADER: sign(body)}


def sign(body: bytes) -> str:
    """Return the signature of a body: HMAC-SHA256 with a key derived from SECRET_KEY."""
    key = hashlib.sha256(b"sandbox webhook" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, body, hashlib.sha256).hexdigest()
