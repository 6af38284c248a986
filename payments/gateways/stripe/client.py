"""The only code that knows the stripe library. Plain dictionaries come out; amounts are in the smallest unit."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from payments.errors import GatewayUnavailable, InvalidSignature

logger = logging.getLogger(__name__)

RETRIES = 2
SIGNATURE_TOLERANCE_SECONDS = 300
LISTED = 100
"""How many objects of one customer are looked through for a payment whose id we never got."""

StripeObject = dict[str, Any]
CustomerParams = stripe.params.CustomerCreateParams
SessionParams = stripe.params.checkout.SessionCreateParams
IntentDataParams = stripe.params.checkout.SessionCreateParamsPaymentIntentData
IntentParams = stripe.params.PaymentIntentCreateParams


class RequestRefused(GatewayUnavailable):
    """Stripe understood the request and will not do it (400, 404): nothing was charged, and repeating is of no use."""

    def __init__(self, stripe_code: str, stripe_message: str) -> None:
        super().__init__()
        self.stripe_code = stripe_code
        self.stripe_message = stripe_message


class CardDeclined(Exception):
    """The card's bank refused a charge, or asks for its owner (402). intent: the payment intent as it stands, if told."""

    def __init__(self, code: str, stripe_message: str, intent: StripeObject | None) -> None:
        super().__init__(code)
        self.code = code
        self.stripe_message = stripe_message
        self.intent = intent


def read_event(body: bytes, signature: str) -> tuple[str, str]:
    """Check a webhook's signature and time over its raw body; return the event's id and type. Raises InvalidSignature."""
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not secret:
        raise InvalidSignature
    try:
        event = _client().construct_event(body, signature, secret, tolerance=SIGNATURE_TOLERANCE_SECONDS)
        return event["id"], event["type"]
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidSignature from error


def create_customer(params: CustomerParams, *, key: str) -> StripeObject:
    """Create a customer; raises GatewayUnavailable as every call here."""
    with _translated_errors():
        return _plain(_client().v1.customers.create(params=params, options={"idempotency_key": key}))


def create_session(params: SessionParams, *, key: str) -> StripeObject:
    """Create a Checkout Session, or get the one that this key made before."""
    with _translated_errors():
        return _plain(_client().v1.checkout.sessions.create(params=params, options={"idempotency_key": key}))


def get_session(session_id: str) -> StripeObject:
    """Return a Checkout Session as it stands."""
    with _translated_errors():
        return _plain(_client().v1.checkout.sessions.retrieve(session_id))


def expire_session(session_id: str) -> StripeObject:
    """Close an open Checkout Session, so that nobody pays on it any more."""
    with _translated_errors():
        return _plain(_client().v1.checkout.sessions.expire(session_id))


def sessions_of_customer(customer_id: str) -> list[StripeObject]:
    """Return the customer's latest Checkout Sessions."""
    with _translated_errors():
        found = _client().v1.checkout.sessions.list(params={"customer": customer_id, "limit": LISTED})
        return [_plain(session) for session in found.data]


def create_intent(params: IntentParams, *, key: str) -> StripeObject:
    """Create (and confirm, where asked) a PaymentIntent. Also raises CardDeclined."""
    with _translated_errors():
        return _plain(_client().v1.payment_intents.create(params=params, options={"idempotency_key": key}))


def get_intent(intent_id: str) -> StripeObject:
    """Return a PaymentIntent as it stands."""
    with _translated_errors():
        return _plain(_client().v1.payment_intents.retrieve(intent_id))


def cancel_intent(intent_id: str) -> StripeObject:
    """Cancel a PaymentIntent, so that it cannot be paid any more. Raises RequestRefused where it is paid or cancelled."""
    with _translated_errors():
        return _plain(_client().v1.payment_intents.cancel(intent_id))


def intents_of_customer(customer_id: str) -> list[StripeObject]:
    """Return the customer's latest PaymentIntents."""
    with _translated_errors():
        found = _client().v1.payment_intents.list(params={"customer": customer_id, "limit": LISTED})
        return [_plain(intent) for intent in found.data]


def get_payment_method(payment_method_id: str) -> StripeObject:
    """Return a payment method."""
    with _translated_errors():
        return _plain(_client().v1.payment_methods.retrieve(payment_method_id))


def detach_payment_method(payment_method_id: str) -> StripeObject:
    """Let Stripe forget a customer's payment method. Raises RequestRefused where it is detached already."""
    with _translated_errors():
        return _plain(_client().v1.payment_methods.detach(payment_method_id))


def check_key() -> None:
    """Make one cheap call with our key. Raises GatewayUnavailable, caused by Stripe's own error."""
    with _translated_errors():
        _client().v1.payment_intents.list(params={"limit": 1})


def _client() -> stripe.StripeClient:
    # The signature of an event is checked without a key, for events of a method just switched off.
    return _client_for(settings.STRIPE_SECRET_KEY or "none", settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS)


@lru_cache(maxsize=4)
def _client_for(key: str, api_base: str, timeout: float) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base.rstrip("/")},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


def _plain(answer: stripe.StripeObject) -> StripeObject:
    return answer.to_dict(for_json=True)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.InvalidRequestError as error:
        raise RequestRefused(error.code or "", error.user_message or "") from error
    except stripe.StripeError as error:
        if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError, stripe.IdempotencyError)):
            logger.error("Stripe: %s: %s", type(error).__name__, error.user_message)
        raise GatewayUnavailable from error


def _declined(error: stripe.CardError) -> CardDeclined:
    told = error.error
    intent = getattr(told, "payment_intent", None) if told is not None else None
    decline_code = getattr(told, "decline_code", None) if told is not None else None
    return CardDeclined(
        decline_code or error.code or "card_declined",
        error.user_message or "",
        _plain(intent) if intent is not None else None,
    )
