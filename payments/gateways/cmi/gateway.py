"""The gateway of an acquirer that speaks the CMI protocol. Names, addresses and keys are settings."""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from payments.gateways.base import Gateway, Notice, Said, SignedEvent, Started
from payments.gateways.cmi.callback import DIRHAM, Callback, read_callback
from payments.gateways.cmi.signature import signature, trimmed
from payments.models import Payment, WebhookEvent
from payments.selectors.card_orders import payer_of, sent_order

PAGE_LIFE = timedelta(minutes=30)
"""How long the acquirer keeps its page open (it allows up to 45 minutes)."""

# What a payer can do something about (ISO 8583, 3-D); the rest is told as "refused".
FAILURES = {
    "51": "insufficient_funds",
    "54": "expired_card",
    "14": "incorrect_number",
    "82": "incorrect_cvc",
    "41": "lost_card",
    "43": "stolen_card",
}


class CmiGateway(Gateway):
    """On with CMI_CLIENT_ID, CMI_STORE_KEY and CMI_GATEWAY_URL. One ledger key per order: `cmi:<oid>`.

    The page only authorises the card; our answer to the callback lets the acquirer debit it.
    """

    method = PaymentMethod.CMI
    pays_by_form = True
    answer_decides = True
    description = _("Moroccan or foreign card, on the secure page of the bank.")

    @property
    def label(self) -> str | Promise:
        return settings.CMI_LABEL or super().label

    def is_configured(self) -> bool:
        return bool(settings.CMI_CLIENT_ID and settings.CMI_STORE_KEY and settings.CMI_GATEWAY_URL)

    def start(self, payment: Payment) -> Started:
        """Make an order, a new one for each visit to the page: the acquirer takes none twice."""
        oid = payment.reference + secrets.token_hex(8).upper()
        fields = order_fields(payment, oid)
        fields["HASH"] = signature(fields, settings.CMI_STORE_KEY)
        return Started(oid, settings.CMI_GATEWAY_URL, fields, timezone.now() + PAGE_LIFE)

    def verify(self, body: bytes, headers: dict[str, str]) -> SignedEvent:
        callback = read_callback(body, self._key())
        kind = "accepted" if callback.is_accepted else "refused"
        return SignedEvent(f"{_printable(callback.oid)}:{callback.fingerprint}", kind)

    def notices(self, event: WebhookEvent) -> list[Notice]:
        """Say what a stored callback means, after comparing it with the order that we sent."""
        return [notice_of(read_callback(event.body.encode(), self._key()))]

    def _key(self) -> str:
        return settings.CMI_STORE_KEY if self.is_configured() else ""


def order_fields(payment: Payment, oid: str) -> dict[str, str]:
    """Return what the browser posts to the acquirer's page, without the hash.

    No name has digits or starts with `_`, so that every reading of "in the order of names" gives the same hash.
    """
    site = settings.SITE_URL
    payer = payer_of(payment)
    return trimmed(
        {
            "clientid": settings.CMI_CLIENT_ID,
            "storetype": "3D_PAY_HOSTING",
            "TranType": "PreAuth",
            "amount": f"{payment.amount:.2f}",
            "currency": DIRHAM,
            "oid": oid,
            "okUrl": site + reverse("payments:cmi_ok"),
            "failUrl": site + reverse("payments:cmi_fail"),
            "callbackUrl": site + reverse("webhook_cmi"),
            "shopurl": site + reverse("payments:return", args=[payment.pk]),
            "lang": payment.language,
            "rnd": secrets.token_hex(10),
            "hashAlgorithm": "ver3",
            "encoding": "UTF-8",
            "email": payer.email,
            "BillToName": _name(payer.name),
            "CallbackResponse": "1",
            "AutoRedirect": "true",
            "refreshtime": "5",
            "sessiontimeout": str(int(PAGE_LIFE.total_seconds())),
        }
    )


def notice_of(callback: Callback) -> Notice:
    """Turn a callback into our words. What is not as we sent it is told to staff and credits nothing."""
    order = sent_order(callback.oid)
    said = Notice(
        said=Said.PAID if callback.is_accepted else Said.FAILED,
        reference=order.reference if order else "",
        provider_id=_printable(callback.oid),
        ledger_key=f"cmi:{_printable(callback.oid)}",
        amount=callback.amount,
        currency=callback.currency,
        failure_code="" if callback.is_accepted else _failure_code(callback),
        failure_message=_text(callback.value("ErrMsg") or callback.value("mdErrorMsg")),
    )
    problem = "" if order is None else _problem(callback, order.fields)
    if not problem:
        return said
    return Notice(
        said=Said.ATTENTION,
        reference=said.reference,
        provider_id=said.provider_id,
        amount=said.amount,
        currency=said.currency,
        attention=problem,
    )


def _problem(callback: Callback, sent: Mapping[str, str]) -> str:
    differences = callback.differences(sent)
    if differences:
        return f"Order {callback.oid}: not as we sent it: {', '.join(differences)}. Capture or void it by hand."
    if callback.contradicts_itself:
        return f"Order {callback.oid}: the callback contradicts itself. Capture or void it by hand."
    return ""


def _failure_code(callback: Callback) -> str:
    code = callback.value("ProcReturnCode")
    if not code:
        # Nothing was asked of the card's bank: the confirmation (3-D) before it failed.
        return "authentication_failed"
    return FAILURES.get(code, f"card_declined_{_printable(code)[:10]}")


def _name(name: str) -> str:
    """A company's name as a field of the acquirer takes it: one line, 255 characters."""
    return " ".join(name.split())[:255]


def _text(words: str) -> str:
    """What PostgreSQL keeps as text: no NUL, no half characters."""
    return words.replace("\0", "").encode("utf-8", errors="replace").decode()


def _printable(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "?", text)[:64]
