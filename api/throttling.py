"""How often somebody may call: counted in Redis, all limits of a request in one round trip.

At most `count` requests in any 60 seconds, exactly: a list keeps the times of the last ones. A refused request is not
counted. Without Redis nobody is refused and a line is logged: the API is more than its limits (docs/decisions.md).
"""

import hashlib
import ipaddress
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from leadsmarket.lib.visitor import client_ip

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
TIMEOUT_SECONDS = 0.3
PAUSE_SECONDS = 5
"""After a failure Redis is left alone for so long, so that each request doesn't wait for it."""

# KEYS: one list of times (microseconds, latest first) per limit. ARGV: window, weight, then one limit per key.
# Returns 0 and counts the request `weight` times, or the microseconds to wait and counts nothing.
COUNT = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local window = tonumber(ARGV[1])
local wait = 0
for i, key in ipairs(KEYS) do
    local oldest = redis.call('LINDEX', key, tonumber(ARGV[i + 2]) - 1)
    if oldest then
        wait = math.max(wait, tonumber(oldest) + window - now)
    end
end
if wait > 0 then
    return wait
end
for i, key in ipairs(KEYS) do
    for _ = 1, tonumber(ARGV[2]) do
        redis.call('LPUSH', key, string.format('%.0f', now))
    end
    redis.call('LTRIM', key, 0, tonumber(ARGV[i + 2]) - 1)
    redis.call('PEXPIRE', key, window / 1000)
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests a minute. of: who is counted, from the request and its view; None counts nobody."""

    name: str
    count: int
    of: Callable[[Request], str | None]


def client_address(request: HttpRequest | Request) -> str:
    """Return the caller's address; of an IPv6 address the network, which one customer has as a whole."""
    text = client_ip(getattr(request, "_request", request))
    if text is None:
        return "unknown"
    address = ipaddress.ip_address(text)
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def caller(request: Request) -> str:
    """The user or key that calls; the address of somebody unknown."""
    return str(request.auth.principal_id) if request.auth else client_address(request)


def typed_email(request: Request) -> str | None:
    """The e-mail address in the body, as a digest: addresses are no names of keys."""
    data = request.data
    email = data.get("email") if isinstance(data, dict) else None
    return hashlib.sha256(email.strip().lower().encode()).hexdigest() if isinstance(email, str) else None


def influencer(request: Request) -> str | None:
    """The influencer who calls."""
    return str(request.auth.actor.influencer_id)


OTHERS = (Limit("others", 600, caller),)
LOG_IN = (Limit("login-address", 10, client_address), Limit("login-email", 10, typed_email))
SIGN_UP = (Limit("signup-address", 20, client_address),)
LEAD_CREATION = (Limit("leads", 120, influencer),)


class Throttle(BaseThrottle):
    """Applies the `limits` of an operation."""

    def __init__(self) -> None:
        self._wait = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        self._wait = count_request(request, view.limits)
        return self._wait <= 0

    def wait(self) -> float:
        return math.ceil(self._wait)


def count_request(request: Request, limits: Iterable[Limit], *, weight: int = 1) -> float:
    """Count a request, `weight` times; return 0, or how many seconds to wait when it is one too many."""
    counted = [(limit, who) for limit in limits if (who := limit.of(request))]
    if not counted or _paused.until > time.monotonic():
        return 0
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    keys = [f"{prefix}:throttle:{limit.name}:{who}" for limit, who in counted]
    numbers = [WINDOW_SECONDS * 1_000_000, weight, *(limit.count for limit, _who in counted)]
    try:
        return int(_script()(keys=keys, args=numbers)) / 1_000_000
    except (redis.RedisError, OSError) as error:
        _paused.until = time.monotonic() + PAUSE_SECONDS
        logger.warning("Requests aren't counted, Redis doesn't answer: %s", error)
        return 0


@dataclass(slots=True)
class _Pause:
    until: float = 0.0


_paused = _Pause()


@cache
def _script() -> Callable[..., Any]:
    client = redis.Redis.from_url(
        settings.CACHES["default"]["LOCATION"],
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client.register_script(COUNT)
