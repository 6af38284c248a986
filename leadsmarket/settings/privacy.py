"""Settings about personal data (law 09-08) that are more than a text; docs/privacy.md says what each is for."""

from django.core.exceptions import ImproperlyConfigured

from leadsmarket.settings.environment import Environment

LEAST_RETENTION_MONTHS = 4
"""The duplicate check looks back 90 days, and a return takes its time."""


def retention_months(env: Environment) -> int:
    """Return after how many months contacts of leads are erased; 0: never. Raises ImproperlyConfigured for too few."""
    months = env.int("RETENTION_MONTHS", default=0)
    if months and months < LEAST_RETENTION_MONTHS:
        raise ImproperlyConfigured(f"RETENTION_MONTHS must be 0 (never) or at least {LEAST_RETENTION_MONTHS}")
    return months


def suppliers_abroad(env: Environment) -> list[dict[str, str]]:
    """Return name, purpose and country of each supplier. Raises ImproperlyConfigured where one has not these three."""
    suppliers = []
    for text in filter(str.strip, env("SUPPLIERS_ABROAD", default="").split(";")):
        parts = [part.strip() for part in text.split("|")]
        if len(parts) != 3 or not all(parts):
            raise ImproperlyConfigured("SUPPLIERS_ABROAD must read: name | purpose | country; name | purpose | country")
        suppliers.append(dict(zip(("name", "purpose", "country"), parts, strict=True)))
    return suppliers
