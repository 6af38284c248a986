"""The Stripe gateway: hosted Checkout, events, the state of a payment, cards kept for auto-recharge."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from payments.errors import GatewayUnavailable
from payments.gateways.base import CardDetails, Gateway, Notice, Said, SignedEvent, Started
from payments.gateways.stripe import client
from payments.gateways.stripe.customers import customer_of, known_customer_of
from payments.gateways.stripe.reading import (
    card_details,
    dispute_notices,
    failure_of,
    id_of,
    intent_notice,
    is_auto_recharge,
    metadata_of,
    reference_of,
    refund_notices,
    session_notice,
    to_centimes,
)
from payments.models import Payment, WebhookEvent

SIGNATURE_HEADER = "stripe-signature"
SESSION_LIFE = timedelta(hours=2)
"""How long a payment page stays open (Stripe: 30 minutes to 24 hours)."""
SETTLING_TIME = timedelta(minutes=10)
REPEAT_WITHIN = timedelta(hours=1)
"""How long a charge without an answer is repeated with its key; later it is only looked for."""
KEYS_LIVE = timedelta(hours=24)
"""Stripe keeps idempotency keys that long: what is not there by then never will be."""

CARD_UNUSABLE = "card_unusable"

StripeObject = dict[str, Any]


class StripeGateway(Gateway):
    """On with STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET. One ledger key per intent: `stripe:pi_…`."""

    method = PaymentMethod.STRIPE
    keeps_cards = True
    description = _("Bank card, on Stripe's secure page.")

    def is_configured(self) -> bool:
        return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)

    def start(self, payment: Payment) -> Started:
        """Create the Checkout Session of a payment; the key and the parameters are the row's, so a repeat finds it again."""
        expires_at = _session_end(payment)
        page = settings.SITE_URL + reverse("payments:return", args=[payment.pk])
        intent_data: client.IntentDataParams = {"metadata": metadata_of(payment)}
        if payment.save_card:
            intent_data["setup_future_usage"] = "off_session"
        session = client.create_session(
            {
                "mode": "payment",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "mad",
                            "unit_amount": to_centimes(payment.amount),
                            "product_data": {"name": f"Leadsmarket {payment.reference}"},
                        },
                    }
                ],
                "success_url": f"{page}?session_id={{CHECKOUT_SESSION_ID}}",
                "cancel_url": page,
                "client_reference_id": str(payment.pk),
                "metadata": metadata_of(payment),
                "payment_intent_data": intent_data,
                "customer": customer_of(payment.merchant_id),
                "expires_at": int(expires_at.timestamp()),
                # Checkout has no Arabic.
                "locale": "en" if payment.language == "en" else "fr",
                "adaptive_pricing": {"enabled": False},
            },
            key=f"recharge:{payment.pk}",
        )
        return Started(session["id"], session.get("url") or "", expires_at=expires_at)

    def close(self, payment: Payment) -> None:
        """Expire the open session; one that was paid in this moment is credited by its event."""
        if payment.provider_id and payment.purpose != Payment.Purpose.AUTO_RECHARGE:
            try:
                client.expire_session(payment.provider_id)
            except client.RequestRefused:
                return

    def verify(self, body: bytes, headers: dict[str, str]) -> SignedEvent:
        return SignedEvent(*client.read_event(body, headers.get(SIGNATURE_HEADER, "")))

    def notices(self, event: WebhookEvent) -> list[Notice]:
        """Read one event. Refunds are booked from `refund.*` alone: each has an id of its own, which the running total of
        `charge.refunded` has not, so that no order of events books one twice.
        """
        payload = json.loads(event.body)
        about: StripeObject = payload["data"]["object"]
        read = READERS.get(payload["type"].rpartition(".")[0]) or READERS.get(payload["type"])
        if read is None:
            return []
        is_live: bool | None = payload.get("livemode")
        if is_live is not None and is_live != settings.PAYMENTS_LIVE:
            # Nothing in the other mode can be looked up with our key; it only goes to staff.
            told = f"{payload['type']} of {'live' if is_live else 'test'} mode"
            return [Notice(Said.ATTENTION, reference_of(about), about["id"], is_live=is_live, attention=told)]
        return read(self, payload["type"], about, is_live)

    def query(self, payment: Payment) -> Notice | None:
        """Ask how a payment stands. A charge that had no answer is looked for, then repeated with its own key for an hour."""
        if payment.purpose == Payment.Purpose.AUTO_RECHARGE:
            return self._query_charge(payment)
        session = self._session_of(payment)
        if session is None:
            # No session was ever made (or under another key), and none of this payment can appear after its own end.
            over = timezone.now() > _session_end(payment) + SETTLING_TIME
            return Notice(Said.EXPIRED, payment.reference) if over else None
        notice = session_notice(session)
        if notice.said == Said.PROCESSING:
            return self._delayed(session, notice)
        return notice

    def charge(self, payment: Payment) -> Notice:
        """Charge the saved card of an auto-recharge without anybody there, and say how that ended.

        Repeating is safe: same key, same parameters. An intent that needs the merchant is cancelled, so that it can't be
        paid beside the page that they get instead. payment.card must be loaded. Raises GatewayUnavailable (outcome unknown).
        """
        card = payment.card
        if card is None:
            raise ValueError("a charge without a card")
        try:
            intent = client.create_intent(
                {
                    "amount": to_centimes(payment.amount),
                    "currency": "mad",
                    "customer": card.customer_id,
                    "payment_method": card.payment_method_id,
                    "off_session": True,
                    "confirm": True,
                    "metadata": metadata_of(payment),
                },
                key=f"auto:{payment.pk}",
            )
        except client.CardDeclined as declined:
            found = declined.intent or self._charge_of(payment)
            if found is None:
                return Notice(
                    Said.FAILED,
                    payment.reference,
                    failure_code=declined.code,
                    failure_message=declined.stripe_message,
                )
            return self._end_charge(found)
        except client.RequestRefused as refused:
            told = f"The saved card of {payment.reference} can't be charged: {refused.stripe_code} {refused.stripe_message}"
            return Notice(
                Said.FAILED,
                payment.reference,
                failure_code=CARD_UNUSABLE,
                failure_message=refused.stripe_message,
                attention=told,
            )
        return self._end_charge(intent)

    def card_of(self, payment: Payment) -> CardDetails | None:
        """Return the card that a settled payment was made with; None where it isn't one of the merchant's own customer."""
        intent = client.get_intent((payment.ledger_key or "").removeprefix(f"{self.method}:"))
        payment_method_id = id_of(intent.get("payment_method"))
        if not payment_method_id:
            return None
        details = card_details(client.get_payment_method(payment_method_id))
        ours = known_customer_of(payment.merchant_id)
        return details if details is not None and ours and details.customer_id == ours else None

    def forget_card(self, payment_method_id: str) -> None:
        """Let Stripe forget a card; harmless where it has. Raises GatewayUnavailable."""
        try:
            client.detach_payment_method(payment_method_id)
        except client.RequestRefused:
            return

    def _query_charge(self, payment: Payment) -> Notice | None:
        intent = _known(client.get_intent, payment.provider_id) if payment.provider_id else self._charge_of(payment)
        if intent is not None:
            return self._end_charge(intent)
        age = timezone.now() - payment.created_at
        if not payment.provider_id and age < REPEAT_WITHIN and payment.card is not None and payment.card.is_active:
            return self.charge(payment)
        return Notice(Said.EXPIRED, payment.reference) if age > KEYS_LIVE else None

    def _charge_of(self, payment: Payment) -> StripeObject | None:
        customer_id = payment.card.customer_id if payment.card is not None else ""
        intents = client.intents_of_customer(customer_id) if customer_id else []
        return next((intent for intent in intents if reference_of(intent) == payment.reference), None)

    def _end_charge(self, intent: StripeObject) -> Notice:
        """Say how an off-session intent stands, after cancelling one that waits for somebody."""
        if intent.get("status") in ("requires_payment_method", "requires_action", "requires_confirmation"):
            code, message = failure_of(intent)
            try:
                client.cancel_intent(intent["id"])
            except client.RequestRefused as refused:
                now = client.get_intent(intent["id"])
                if now.get("status") == intent["status"]:
                    raise GatewayUnavailable from refused
                return self._end_charge(now)
            return Notice(
                Said.FAILED,
                reference_of(intent),
                intent["id"],
                is_live=intent.get("livemode"),
                failure_code=code,
                failure_message=message,
            )
        return intent_notice(intent)

    def _session_of(self, payment: Payment) -> StripeObject | None:
        if payment.provider_id:
            return _known(client.get_session, payment.provider_id)
        customer_id = known_customer_of(payment.merchant_id)
        sessions = client.sessions_of_customer(customer_id) if customer_id else []
        return next((session for session in sessions if reference_of(session) == payment.reference), None)

    def _delayed(self, session: StripeObject, notice: Notice) -> Notice:
        """Look whether a payment by a slow method has failed meanwhile; the session doesn't say so."""
        intent_id = id_of(session.get("payment_intent"))
        intent = client.get_intent(intent_id) if intent_id else {}
        if intent.get("status") in ("requires_payment_method", "canceled"):
            code, message = failure_of(intent)
            return Notice(
                Said.FAILED,
                notice.reference,
                notice.provider_id,
                is_live=notice.is_live,
                failure_code=code,
                failure_message=message,
            )
        return intent_notice(intent) if intent.get("status") == "succeeded" else notice

    def _read_session(self, event_type: str, session: StripeObject, is_live: bool | None) -> list[Notice]:
        if event_type == "checkout.session.async_payment_failed":
            return [
                Notice(
                    Said.FAILED,
                    reference_of(session),
                    session["id"],
                    is_live=is_live,
                    failure_code="async_payment_failed",
                )
            ]
        return [session_notice(session)]

    def _read_intent(self, event_type: str, intent: StripeObject, is_live: bool | None) -> list[Notice]:
        if event_type == "payment_intent.payment_failed":
            if not is_auto_recharge(intent):
                # One try on a payment page that stays open.
                return [Notice(Said.NOTHING, reference_of(intent), intent["id"], is_live=is_live)]
            # The event may be old news: act on what the intent is now.
            return [self._end_charge(client.get_intent(intent["id"]))]
        return [intent_notice(intent)]

    def _read_refund(self, _event_type: str, refund: StripeObject, is_live: bool | None) -> list[Notice]:
        intent = self._intent_behind(refund)
        return [*_credit_first(intent), *refund_notices(refund, intent, is_live=is_live)]

    def _read_dispute(self, event_type: str, dispute: StripeObject, is_live: bool | None) -> list[Notice]:
        intent = self._intent_behind(dispute)
        return [*_credit_first(intent), *dispute_notices(event_type, dispute, intent, is_live=is_live)]

    def _read_card(self, event_type: str, method: StripeObject, _is_live: bool | None) -> list[Notice]:
        if event_type == "payment_method.detached":
            return [Notice(Said.CARD_GONE, card=CardDetails(method["id"]))]
        # Two renewals can come in the wrong order: what the card is now counts.
        details = card_details(client.get_payment_method(method["id"]))
        if details is None or not details.customer_id:
            return [Notice(Said.CARD_GONE, card=CardDetails(method["id"]))]
        return [Notice(Said.CARD_CHANGED, card=details)]

    def _intent_behind(self, moved: StripeObject) -> StripeObject:
        intent_id = id_of(moved.get("payment_intent"))
        return client.get_intent(intent_id) if intent_id else {}


def _known(get: Callable[[str], StripeObject], object_id: str) -> StripeObject | None:
    """Return an object, None where Stripe knows none of this id: a payment of the other mode, after the keys changed."""
    try:
        return get(object_id)
    except client.RequestRefused:
        return None


def _credit_first(intent: StripeObject) -> list[Notice]:
    """A refund or dispute can arrive before the success that it is about: what came in is credited before it goes out."""
    return [intent_notice(intent)] if intent.get("status") == "succeeded" else []


def _session_end(payment: Payment) -> datetime:
    return payment.created_at.replace(microsecond=0) + SESSION_LIFE


READERS: dict[str, Callable[[StripeGateway, str, StripeObject, bool | None], list[Notice]]] = {
    "checkout.session": StripeGateway._read_session,
    "payment_intent.succeeded": StripeGateway._read_intent,
    "payment_intent.payment_failed": StripeGateway._read_intent,
    "refund": StripeGateway._read_refund,
    "charge.dispute": StripeGateway._read_dispute,
    "payment_method.automatically_updated": StripeGateway._read_card,
    "payment_method.detached": StripeGateway._read_card,
}
