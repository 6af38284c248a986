"""What Meta posts to us: where a message is, and what people answer."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings

from alerts.channels.whatsapp.client import BAD_ADDRESS, words_of
from alerts.services.callbacks import Outcome

OUTCOMES = {
    **dict.fromkeys(("accepted", "sent"), Outcome.SENT),
    **dict.fromkeys(("delivered", "read", "played"), Outcome.DELIVERED),
    "failed": Outcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class Status:
    """What Meta says of one message. outcome: None for what we don't keep. delivery_id: as we gave it along, or empty."""

    outcome: Outcome | None
    provider_id: str
    delivery_id: str
    reason: str
    bad_address: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back. phone: E.164."""

    phone: str
    text: str


def is_signed(body: bytes, signature: str) -> bool:
    """Say whether Meta signed these bytes (X-Hub-Signature-256) with our app's secret; in constant time."""
    secret = settings.WHATSAPP_APP_SECRET
    expected = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    return bool(secret) and signature.isascii() and hmac.compare_digest(expected, signature)


def read_notices(body: Any) -> Iterator[Status | Reply]:
    """Read a webhook of our number: statuses of messages, and what people wrote. Skips what it doesn't know."""
    for entry in _items(body, "entry"):
        for change in _items(entry, "changes"):
            value = change.get("value")
            if not isinstance(value, dict):
                continue
            for status in _items(value, "statuses"):
                yield _status(status)
            for message in _items(value, "messages"):
                yield Reply(phone=f"+{str(message.get('from', '')).lstrip('+')}", text=_text(message))


def _items(holder: Any, name: str) -> list[dict[str, Any]]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _status(status: dict[str, Any]) -> Status:
    errors = _items(status, "errors")
    codes = {error.get("code") for error in errors if isinstance(error.get("code"), int)}
    reason = "; ".join(f"{error.get('code')}: {words_of(error)}" for error in errors)
    return Status(
        outcome=OUTCOMES.get(str(status.get("status"))),
        provider_id=str(status.get("id", "")),
        delivery_id=str(status.get("biz_opaque_callback_data", "")),
        reason=reason,
        bad_address=bool(codes & BAD_ADDRESS),
    )


def _text(message: dict[str, Any]) -> str:
    for name, key in (("text", "body"), ("button", "text")):
        part = message.get(name)
        if isinstance(part, dict):
            return str(part.get(key, ""))
    return ""
