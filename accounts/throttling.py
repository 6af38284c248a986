"""How often one may try to log in; the numbers are ACCOUNT_RATE_LIMITS (leadsmarket/settings/log_in.py).

Whoever knows an address could fail there on purpose to keep its owner out. So a known browser has tries of its own, and a
stranger's failures count for their own place first, then for the address. All that an attacker with many places achieves is
that *new* browsers wait while the attack lasts; a link sent by "forgotten password" lets the owner in there too.
"""

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from accounts.known_browsers import known_browser_of

APP = "allauth.account"
ADDRESS = "login_address"
"""All failures for one address, from wherever; a reset of the password clears it."""


def take_attempt(request: HttpRequest, email: str) -> ratelimit.RateLimitUsage | None:
    """Count one attempt to log in with an address. None when there were too many; else `rollback()` gives it back.

    A refused attempt is not counted, so hammering does not prolong the wait.
    """
    taken = ratelimit.RateLimitUsage(usage=[])
    for action, key in _limits(request, email.strip().lower()):
        usage = ratelimit.consume(request, app=APP, action=action, key=key)
        if usage is None:
            taken.rollback()
            return None
        taken.usage += usage.usage
    return taken


def forget_attempts(request: HttpRequest, email: str) -> None:
    """Start counting anew for an address whose owner has just shown that the mailbox is theirs."""
    ratelimit.clear(request, app=APP, action=ADDRESS, key=email.strip().lower())


def _limits(request: HttpRequest, email: str) -> list[tuple[str, str]]:
    if browser_id := known_browser_of(request, email):
        return [("login_known_browser", f"{browser_id}:{email}")]
    return [("login_visitor", ""), ("login_place", f"{ratelimit.get_ip(request)}:{email}"), (ADDRESS, email)]
