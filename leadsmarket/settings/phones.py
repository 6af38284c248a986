"""How messages reach phones: SMS by Twilio, WhatsApp by Meta's Cloud API or by Twilio. See docs/sms.md and docs/whatsapp.md."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

WHATSAPP_PROVIDERS = ("meta", "twilio")
TOGETHER = (
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    ("WHATSAPP_TOKEN", "WHATSAPP_PHONE_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"),
)
"""Production starts with all or none of each."""


def phone_settings(env: environ.Env) -> dict[str, Any]:
    """Return the settings of SMS and WhatsApp. Raises ImproperlyConfigured for a provider unknown or without its keys."""
    found: dict[str, Any] = {
        "TWILIO_ACCOUNT_SID": env("TWILIO_ACCOUNT_SID", default=""),
        "TWILIO_AUTH_TOKEN": env("TWILIO_AUTH_TOKEN", default=""),
        "TWILIO_API_BASE": env("TWILIO_API_BASE", default="https://api.twilio.com").rstrip("/"),
        "TWILIO_TIMEOUT_SECONDS": env.float("TWILIO_TIMEOUT_SECONDS", default=10),
        "TWILIO_FROM": env("TWILIO_FROM", default=""),
        "TWILIO_MESSAGING_SERVICE_SID": env("TWILIO_MESSAGING_SERVICE_SID", default=""),
        "TWILIO_WHATSAPP_FROM": env("TWILIO_WHATSAPP_FROM", default=""),
        "TWILIO_WHATSAPP_TEMPLATES": env.dict("TWILIO_WHATSAPP_TEMPLATES", default={}),
        "WHATSAPP_PROVIDER": env("WHATSAPP_PROVIDER", default="meta").strip().lower(),
        "WHATSAPP_TOKEN": env("WHATSAPP_TOKEN", default=""),
        "WHATSAPP_PHONE_ID": env("WHATSAPP_PHONE_ID", default=""),
        "WHATSAPP_APP_SECRET": env("WHATSAPP_APP_SECRET", default=""),
        "WHATSAPP_VERIFY_TOKEN": env("WHATSAPP_VERIFY_TOKEN", default=""),
        "WHATSAPP_API_BASE": env("WHATSAPP_API_BASE", default="https://graph.facebook.com/v24.0").rstrip("/"),
        "WHATSAPP_TIMEOUT_SECONDS": env.float("WHATSAPP_TIMEOUT_SECONDS", default=10),
    }
    if found["WHATSAPP_PROVIDER"] not in WHATSAPP_PROVIDERS:
        raise ImproperlyConfigured(f"WHATSAPP_PROVIDER must be one of {', '.join(WHATSAPP_PROVIDERS)}")
    return found


def check_complete(settings: dict[str, Any]) -> None:
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
