"""The calls to BTCPay Server. Repeating is safe for reading; an invoice is looked for before it is made again."""

import hashlib
import hmac
from typing import Any

from django.conf import settings

from leadsmarket.lib.outbound import Answer, NoAnswer, call
from payments.errors import GatewayUnavailable

Invoice = dict[str, Any]


def create_invoice(body: dict[str, object]) -> Invoice:
    """Make an invoice. Raises GatewayUnavailable (also when the server refuses: its reason is the cause)."""
    return _invoice(_call("POST", "", json_body=body))


def fetch_invoice(invoice_id: str) -> Invoice | None:
    """Return an invoice as it is now; None where the store has none of this id. Raises GatewayUnavailable."""
    answer = _call("GET", f"/{invoice_id}")
    return None if answer.status == 404 else _invoice(answer)


def find_invoice(order_id: str) -> Invoice | None:
    """Return the latest invoice made for an order; None where there is none. Raises GatewayUnavailable."""
    answer = _call("GET", "", params={"orderId": order_id})
    if answer.status != 200:
        raise _unavailable(f"status {answer.status}")
    found = _json(answer)
    if not isinstance(found, list):
        raise _unavailable("no list of invoices")
    # Asked for by order, checked all the same: an older server may not know the filter.
    ours = [one for one in found if isinstance(one, dict) and (one.get("metadata") or {}).get("orderId") == order_id]
    return max(ours, key=lambda one: one.get("createdTime") or 0, default=None)


def signature(body: bytes) -> str:
    """Return what the header `BTCPay-Sig` of this body must be; empty where no secret is set."""
    secret = settings.BTCPAY_WEBHOOK_SECRET
    if not secret:
        return ""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _call(method: str, path: str, **options: Any) -> Answer:
    url = f"{settings.BTCPAY_URL.rstrip('/')}/api/v1/stores/{settings.BTCPAY_STORE_ID}/invoices{path}"
    headers = {"Authorization": f"token {settings.BTCPAY_API_KEY}"}
    try:
        return call(method, url, headers=headers, seconds=settings.BTCPAY_TIMEOUT_SECONDS, **options)
    except NoAnswer as error:
        raise GatewayUnavailable from error


def _invoice(answer: Answer) -> Invoice:
    if answer.status != 200:
        raise _unavailable(f"status {answer.status}: {answer.body[:200].decode(errors='replace')}")
    invoice = _json(answer)
    if not isinstance(invoice, dict) or not isinstance(invoice.get("id"), str):
        raise _unavailable("no invoice")
    return invoice


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except NoAnswer as error:
        raise GatewayUnavailable from error


def _unavailable(reason: str) -> GatewayUnavailable:
    error = GatewayUnavailable()
    error.__cause__ = NoAnswer(reason)
    return error
