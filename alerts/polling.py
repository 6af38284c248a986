"""The bell's poll while nothing is new, answered before sessions, users and transactions are set up.

Every open page asks every 30 s. The ETag of an answer states whose numbers it showed and which, signed for the session that
asked. While it is young and the numbers are the same, one round trip to the database suffices for a 304. That answer says
nothing but "unchanged", and only to the session that was shown the numbers; a session that was ended gets no more of them.
Whatever else comes goes the long way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import ResolverMatch, resolve, reverse
from django.utils.http import parse_etags, quote_etag

from alerts.selectors import MOST_COUNTED
from leads.selectors.pending import MENU_COUNT
from leadsmarket.lib.actor import Actor, read_one_as

TRUSTED_SECONDS = 300
"""How long an ETag speaks for the person: role and company are looked up again after that."""

_NUMBERS = f"""
SELECT u.language,
    (SELECT count(*) FROM (
        SELECT FROM alerts_notification AS n WHERE n.user_id = u.id AND n.read_at IS NULL LIMIT {MOST_COUNTED}
    ) AS unread),
    (SELECT count(*) FROM (
        SELECT FROM leads AS l WHERE l.merchant_id = %s::uuid AND l.status = 'pending' LIMIT {MENU_COUNT}
    ) AS pending)
FROM accounts_user AS u JOIN django_session AS s ON s.session_key = %s AND s.expire_date > now()
WHERE u.id = %s AND u.is_active
"""


@dataclass(frozen=True, slots=True)
class BellState:
    """What an answer shows: whose numbers, in which language, how many unread and how many leads that wait."""

    actor: Actor
    language: str
    unread: int
    pending: int

    def etag(self, session_key: str) -> str:
        """Return the state, signed for a session, as an ETag."""
        ids = (self.actor.user_id, self.actor.merchant_id, self.actor.influencer_id)
        stated = [self.actor.role, *(str(one or "") for one in ids), self.language, str(self.unread), str(self.pending)]
        return quote_etag(_signer(session_key).sign("|".join(stated)))


def known_state(request: HttpRequest) -> BellState | None:
    """Return what the browser was shown last, where its ETag is ours, young, and of this session."""
    for etag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", "")):
        try:
            signed = _signer(session_key_of(request)).unsign(
                etag.removeprefix("W/").strip('"'), max_age=TRUSTED_SECONDS
            )
        except BadSignature:
            continue
        role, *ids, language, unread, pending = signed.split("|")
        user_id, merchant_id, influencer_id = (UUID(one) if one else None for one in ids)
        return BellState(Actor(role, user_id, merchant_id, influencer_id), language, int(unread), int(pending))  # type: ignore[arg-type]
    return None


def session_key_of(request: HttpRequest) -> str:
    """Return the key that the browser's session has, whether or not there is one of that key."""
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def unchanged(request: HttpRequest) -> HttpResponse:
    """Return the 304 for a state that still holds; it keeps the ETag that the browser has."""
    response = HttpResponseNotModified()
    response["ETag"] = request.META["HTTP_IF_NONE_MATCH"]
    response["Cache-Control"] = "private, no-cache"
    return response


class UnchangedBellMiddleware:
    """Answer the bell's poll with 304 while nothing is new."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_poll = request.path_info == self._path and "HTTP_IF_NONE_MATCH" in request.META
        if not is_poll or not self._holds(request):
            return self.get_response(request)
        request.resolver_match = self._match  # logged and counted as the view that it stands for
        return unchanged(request)

    @cached_property
    def _path(self) -> str:
        return reverse("alerts:bell")

    @cached_property
    def _match(self) -> ResolverMatch:
        return resolve(self._path)

    @staticmethod
    def _holds(request: HttpRequest) -> bool:
        known = known_state(request)
        if request.method != "GET" or "HTTP_HX_REQUEST" not in request.META or known is None:
            return False
        actor = known.actor
        found = read_one_as(actor, _NUMBERS, [actor.merchant_id, session_key_of(request), actor.user_id])
        return found == (known.language, known.unread, known.pending)


def _signer(session_key: str) -> TimestampSigner:
    # Only numbers and ids of the person's own are stated: signed, not hidden.
    return TimestampSigner(salt=f"alerts.bell.{session_key}")
