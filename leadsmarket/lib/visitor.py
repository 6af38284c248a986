"""Where a request comes from, as far as our own proxies vouch for it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """Return the visitor's internet address, read TRUSTED_PROXY_COUNT entries back in X-Forwarded-For.

    None where there is no readable one. What stands further to the left was written by the visitor and is never believed.
    """
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    text = forwarded[-count] if 0 < count <= len(forwarded) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def came_through_strangers(request: HttpRequest) -> bool:
    """Say whether a proxy that the settings don't know of brought the request, so that its address says nothing."""
    forwarded = request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded")
    return bool(forwarded) and settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0
