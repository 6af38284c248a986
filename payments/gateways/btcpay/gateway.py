"""The gateway of BTCPay Server. Paying in crypto is not a recognised means of payment in Morocco: off by default."""

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from payments.errors import InvalidSignature
from payments.gateways.base import Gateway, Notice, Said, SignedEvent, Started
from payments.gateways.btcpay import client
from payments.gateways.btcpay.client import Invoice
from payments.models import Payment, WebhookEvent

SIGNATURE_HEADER = "btcpay-sig"
PAGE_MINUTES = 30
FRESH = timedelta(minutes=1)
"""A payment older than this may have an invoice already, whose answer was lost."""
SURELY_OVER = timedelta(hours=2)

LATE_MONEY = {"InvoicePaidAfterExpiration", "InvoiceExpiredPaidPartial"}
_INVOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class BtcpayGateway(Gateway):
    """On with BTCPAY_ENABLED, BTCPAY_URL, _STORE_ID, _API_KEY and _WEBHOOK_SECRET. One ledger key per invoice."""

    method = PaymentMethod.CRYPTO
    icon = "coin"
    description = _(
        "Bitcoin, through our own payment server. In Morocco crypto-assets are not a recognised means of payment: make sure"
        " that you are allowed to pay this way."
    )

    def is_configured(self) -> bool:
        return bool(
            settings.BTCPAY_ENABLED
            and settings.BTCPAY_URL
            and settings.BTCPAY_STORE_ID
            and settings.BTCPAY_API_KEY
            and settings.BTCPAY_WEBHOOK_SECRET
        )

    def start(self, payment: Payment) -> Started:
        """Make the invoice, or find the one of an earlier try: BTCPay has no idempotency keys."""
        invoice = self._invoice_of(payment)
        if invoice is None:
            page = settings.SITE_URL + reverse("payments:return", args=[payment.pk])
            invoice = client.create_invoice(
                {
                    # Left out, the invoice would take any payment.
                    "amount": f"{payment.amount:.2f}",
                    "currency": "MAD",
                    "metadata": {"orderId": payment.reference},
                    "checkout": {
                        "expirationMinutes": PAGE_MINUTES,
                        "redirectURL": page,
                        "redirectAutomatically": True,
                        "speedPolicy": "MediumSpeed",
                    },
                }
            )
        return Started(invoice["id"], str(invoice.get("checkoutLink") or ""), expires_at=_moment(invoice))

    def verify(self, body: bytes, headers: dict[str, str]) -> SignedEvent:
        expected = client.signature(body) if self.is_configured() else ""
        received = headers.get(SIGNATURE_HEADER, "")
        if not expected or not hmac.compare_digest(expected.encode(), received.encode(errors="replace")):
            raise InvalidSignature
        try:
            payload = json.loads(body)
            # A redelivery has a new deliveryId and keeps the original one.
            event_id = payload.get("originalDeliveryId") or payload["deliveryId"]
            return SignedEvent(str(event_id)[:255], str(payload["type"]))
        except (ValueError, KeyError, AttributeError) as error:
            raise InvalidSignature from error

    def notices(self, event: WebhookEvent) -> list[Notice]:
        """Say what an event means; money is believed only from the invoice itself, fetched now."""
        payload = json.loads(event.body)
        kind, invoice_id = payload.get("type"), str(payload.get("invoiceId") or "")
        if not invoice_id or not str(kind).startswith("Invoice"):
            return []
        if payload.get("storeId") != settings.BTCPAY_STORE_ID:
            return [Notice(Said.ATTENTION, provider_id=invoice_id, attention=f"{kind} of another store than ours")]
        if not _INVOICE_ID.fullmatch(invoice_id):
            return [Notice(Said.ATTENTION, provider_id=invoice_id[:80], attention=f"{kind}: no invoice id")]
        return self._read(payload, kind, invoice_id)

    def query(self, payment: Payment) -> Notice | None:
        invoice = self._invoice_of(payment)
        if invoice is None:
            over = timezone.now() > payment.created_at + SURELY_OVER
            return Notice(Said.EXPIRED, payment.reference) if over else None
        status = invoice.get("status")
        additional = invoice.get("additionalStatus")
        if status == "Settled":
            return _paid(invoice, _remarks(additional == "PaidOver", additional == "Marked"))
        about: dict[str, Any] = {"reference": payment.reference, "provider_id": invoice["id"]}
        if status == "Processing":
            return Notice(Said.PROCESSING, **about)
        if status == "Expired":
            money = f"Invoice {invoice['id']} expired with money on it ({additional})"
            return Notice(Said.EXPIRED, **about, attention=money if additional in ("PaidPartial", "PaidLate") else "")
        return Notice(Said.FAILED, **about, failure_code="invoice_invalid") if status == "Invalid" else None

    def _read(self, payload: dict[str, Any], kind: str, invoice_id: str) -> list[Notice]:
        about: dict[str, Any] = {"provider_id": invoice_id}
        if kind == "InvoiceSettled":
            return [self._settled(payload, invoice_id)]
        if kind == "InvoiceProcessing":
            over = f"Invoice {invoice_id}: more was paid than asked" if payload.get("overPaid") else ""
            return [Notice(Said.PROCESSING, **about, attention=over)]
        if kind == "InvoiceExpired":
            partial = f"Invoice {invoice_id} expired with a part of the money on it"
            return [Notice(Said.EXPIRED, **about, attention=partial if payload.get("partiallyPaid") else "")]
        if kind == "InvoiceInvalid":
            credited = f"Invoice {invoice_id} became invalid after it was credited"
            return [Notice(Said.FAILED, **about, failure_code="invoice_invalid", attention_if_settled=credited)]
        if kind in LATE_MONEY or (kind == "InvoiceReceivedPayment" and payload.get("afterExpiration")):
            return [
                Notice(Said.ATTENTION, **about, attention=f"Invoice {invoice_id}: money came after its end ({kind})")
            ]
        return []

    def _settled(self, payload: dict[str, Any], invoice_id: str) -> Notice:
        invoice = client.fetch_invoice(invoice_id)
        if invoice is None or invoice.get("id") != invoice_id:
            return Notice(
                Said.ATTENTION, provider_id=invoice_id, attention=f"Settled invoice {invoice_id} is not there"
            )
        if invoice.get("status") != "Settled":
            told = f"Invoice {invoice_id} was announced as settled and is {invoice.get('status')}"
            return Notice(Said.ATTENTION, provider_id=invoice_id, attention=told)
        additional = invoice.get("additionalStatus")
        return _paid(
            invoice,
            _remarks(
                bool(payload.get("overPaid")) or additional == "PaidOver",
                bool(payload.get("manuallyMarked")) or additional == "Marked",
            ),
        )

    def _invoice_of(self, payment: Payment) -> Invoice | None:
        if payment.provider_id:
            return client.fetch_invoice(payment.provider_id)
        was_asked = payment.failure_code or payment.created_at < timezone.now() - FRESH
        return client.find_invoice(payment.reference) if was_asked else None


def _paid(invoice: Invoice, remarks: list[str]) -> Notice:
    invoice_id = invoice["id"]
    return Notice(
        Said.PAID,
        # By the order in the invoice alone: one for another order, or for none, credits nothing here.
        reference=str((invoice.get("metadata") or {}).get("orderId") or "none")[:80],
        provider_id=invoice_id,
        ledger_key=f"btcpay:{invoice_id}",
        amount=_amount(invoice.get("amount")),
        currency=str(invoice.get("currency") or "none")[:10],
        attention=f"Invoice {invoice_id}: {', '.join(remarks)}" if remarks else "",
    )


def _remarks(over_paid: bool, manually_marked: bool) -> list[str]:
    remarks = []
    if over_paid:
        remarks.append("more was paid than asked")
    if manually_marked:
        remarks.append("marked as settled by hand")
    return remarks


def _amount(text: object) -> Decimal | None:
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _moment(invoice: Invoice) -> datetime | None:
    expiry = invoice.get("expirationTime")
    return datetime.fromtimestamp(expiry, UTC) if isinstance(expiry, int | float) else None
