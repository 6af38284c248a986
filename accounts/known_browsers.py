"""Browsers in which somebody logged in before: attempts there are counted apart, so that strangers can't lock the owner out.

A signed cookie names the browser and, as digests, the addresses that logged in with it (OWASP: device cookies). It opens
nothing: it only gives its holder ten tries of their own.
"""

from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT = "accounts.known_browsers"
MAX_AGE_SECONDS = 365 * 24 * 3600
MOST_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """What the cookie says. id: random, ours. digests: of the addresses, the latest first."""

    id: str
    digests: tuple[str, ...]


def known_browser_of(request: HttpRequest, email: str) -> str:
    """Return the id of the browser if somebody logged in there with this address before, else an empty text."""
    browser = _read(request)
    return browser.id if browser and _digest(email) in browser.digests else ""


def remember_browser(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let the browser be known for this address from now on, for a year."""
    browser = _read(request) or KnownBrowser(uuid4().hex, ())
    digests = list(dict.fromkeys([_digest(email), *browser.digests]))[:MOST_ADDRESSES]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps([browser.id, *digests], salt=SALT),
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> KnownBrowser | None:
    try:
        browser_id, *digests = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=SALT, max_age=MAX_AGE_SECONDS
        )
    except signing.BadSignature:
        return None
    return KnownBrowser(browser_id, tuple(digests))


def _digest(email: str) -> str:
    return salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:20]
