"""Settings about personal data (law 09-08); docs/privacy.md says what each is for."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from leadsmarket.settings.environment import Environment

LEAST_RETENTION_MONTHS = 4
"""The duplicate check looks back 90 days, and a return takes its time."""


def privacy_settings(env: Environment) -> dict[str, Any]:
    """Return the settings. Raises ImproperlyConfigured for a retention too short, or a supplier without its three parts."""
    months = env.int("RETENTION_MONTHS", default=0)
    if months and months < LEAST_RETENTION_MONTHS:
        raise ImproperlyConfigured(f"RETENTION_MONTHS must be 0 (never) or at least {LEAST_RETENTION_MONTHS}")
    return {
        # Article 19: printed wherever data of a prospect are collected.
        "CNDP_RECEIPT_NUMBER": env("CNDP_RECEIPT_NUMBER", default=""),
        "RETENTION_MONTHS": months,
        "BLOCKED_CONTACTS_KEY": env("BLOCKED_CONTACTS_KEY", default=""),
        "SUPPLIERS_ABROAD": [
            _supplier(text) for text in env("SUPPLIERS_ABROAD", default="").split(";") if text.strip()
        ],
    }


def _supplier(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3 or not all(parts):
        raise ImproperlyConfigured("SUPPLIERS_ABROAD must read: name | purpose | country; name | purpose | country")
    return dict(zip(("name", "purpose", "country"), parts, strict=True))
