"""Contacts that must not be submitted, as keyed digests: the database alone can't say whose they are."""

import hashlib
import hmac

from django.conf import settings

from leads.models import BlockedContact


def contact_digest(kind: str, contact: str) -> str:
    """Return the digest (HMAC-SHA256, hexadecimal) of an e-mail address or a phone number in E.164.

    Case and what follows a `+` in the name don't distinguish addresses. The key is BLOCKED_CONTACTS_KEY, else SECRET_KEY:
    whoever changes it lets everybody be submitted again.
    """
    contact = contact.strip().lower()
    if kind == BlockedContact.Kind.EMAIL:
        name, _at, domain = contact.rpartition("@")
        contact = f"{name.partition('+')[0]}@{domain}"
    key = settings.BLOCKED_CONTACTS_KEY or settings.SECRET_KEY
    return hmac.new(key.encode(), f"{kind}:{contact}".encode(), hashlib.sha256).hexdigest()


def digests_of(email: str, phone: str) -> list[str]:
    """Return the digests of what is given of an address and a number."""
    kinds = ((BlockedContact.Kind.EMAIL, email), (BlockedContact.Kind.PHONE, phone))
    return [contact_digest(kind, contact) for kind, contact in kinds if contact]
