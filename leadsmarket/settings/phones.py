"""Whether SMS and WhatsApp have all of their settings. See docs/sms.md and docs/whatsapp.md."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

WHATSAPP_PROVIDERS = ("meta", "twilio")
TOGETHER = (
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    ("WHATSAPP_TOKEN", "WHATSAPP_PHONE_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"),
)
"""Production starts with all or none of each."""


def whatsapp_provider(name: str) -> str:
    """Return who carries WhatsApp, in lower case; raises ValueError for another word."""
    provider = name.strip().lower()
    if provider not in WHATSAPP_PROVIDERS:
        raise ValueError(name)
    return provider


def check_complete(settings: Mapping[str, Any]) -> None:
    """Refuse settings of which a part is missing. Raises ImproperlyConfigured."""
    for names in TOGETHER:
        if len({bool(settings[name]) for name in names}) == 2:
            raise ImproperlyConfigured(f"{', '.join(names)} must be set together")
    by_twilio = settings["WHATSAPP_PROVIDER"] == "twilio"
    needed = ("TWILIO_ACCOUNT_SID", "TWILIO_WHATSAPP_FROM", "TWILIO_WHATSAPP_TEMPLATES")
    if by_twilio and (missing := [name for name in needed if not settings[name]]):
        raise ImproperlyConfigured(f"WHATSAPP_PROVIDER=twilio needs {' and '.join(missing)}")
    senders = ("TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID")
    if settings["TWILIO_ACCOUNT_SID"] and not by_twilio and not any(settings[name] for name in senders):
        raise ImproperlyConfigured(f"TWILIO_ACCOUNT_SID needs {' or '.join(senders)}")
