"""The code by which a person shows that a phone is theirs. It stands in no row and no log: whoever needs it computes it."""

import hmac
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import salted_hmac

from alerts.errors import DeliveryError
from alerts.kinds import Kind
from alerts.models import Delivery

LIFETIME = timedelta(minutes=10)
DIGITS = 6
HIDDEN = "••••••"
"""Stands in the stored text where the code will be."""


def code_of(delivery_id: UUID) -> str:
    """Return the code that a message carries: six digits that only who knows SECRET_KEY can compute."""
    number = int.from_bytes(salted_hmac("alerts.phone_code", str(delivery_id), algorithm="sha256").digest())
    return str(number % 10**DIGITS).zfill(DIGITS)


def code_hash(*, user_id: UUID, phone: str, code: str) -> str:
    """Return what is kept of a code: bound to its person and number, and of no use without SECRET_KEY."""
    return salted_hmac("alerts.phone_code.check", f"{user_id}|{phone}|{code}", algorithm="sha256").hexdigest()


def is_code(code: str, *, user_id: UUID, phone: str, kept: str) -> bool:
    """Say whether this is the code of which `kept` was kept, in constant time."""
    return bool(kept) and hmac.compare_digest(code_hash(user_id=user_id, phone=phone, code=code), kept)


def text_with_code(delivery: Delivery) -> str:
    """Return a message's text as it leaves. Raises DeliveryError for a code that would come too late."""
    if delivery.kind != Kind.PHONE_CODE:
        return delivery.text
    if timezone.now() - delivery.created_at > LIFETIME:
        raise DeliveryError("The code is no longer valid.", permanent=True)
    return delivery.text.replace(HIDDEN, code_of(delivery.pk))
