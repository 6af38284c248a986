"""Who calls the API: by access token, by API key, or by the browser's session.

Each class leaves a `Credentials` in `request.auth`; api.operations runs the operation as its actor. Nothing is asked of the
database for a token: what it says was signed by us at most a quarter of an hour ago.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from rest_framework import authentication
from rest_framework.request import Request

from api.errors import NotAuthenticated
from api.tokens import AccessToken, InvalidToken
from leadsmarket.lib.actor import Actor

KEY_PREFIX = "lm_"
"""How an API key begins; a token never does."""

Scope = Literal["read", "write"]
ALL_SCOPES: frozenset[Scope] = frozenset({"read", "write"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the caller showed. actor: whose rows are seen and written. principal_id: the user, or the API key, whose
    Idempotency-Keys and request counts these are. scopes: `read` and `write`, or `read` alone.
    """

    actor: Actor
    principal_id: UUID
    scopes: frozenset[Scope] = ALL_SCOPES


@dataclass(frozen=True, slots=True)
class ApiUser:
    """`request.user` of a caller without a session: no row was read for it."""

    id: UUID
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True

    @property
    def pk(self) -> UUID:
        return self.id


def bearer(request: Request) -> str:
    """Return what follows `Authorization: Bearer`, or nothing. Raises NotAuthenticated when it is no single word."""
    header = authentication.get_authorization_header(request)
    kind, _space, text = header.partition(b" ")
    if kind.lower() != b"bearer":
        return ""
    try:
        token = text.strip().decode("ascii")
    except UnicodeDecodeError:
        raise NotAuthenticated from None
    if not token or " " in token:
        raise NotAuthenticated
    return token


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> tuple[ApiUser, Credentials] | None:
        text = bearer(request)
        if not text or text.startswith(KEY_PREFIX):
            return None
        try:
            actor = AccessToken.read(text).actor()
        except InvalidToken:
            raise NotAuthenticated from None
        assert actor.user_id is not None  # noqa: S101 - AccessToken.actor() requires it
        return ApiUser(actor.user_id), Credentials(actor, actor.user_id)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF; the actor is the one that RowSecurityMiddleware found."""

    def authenticate(self, request: Request) -> tuple[Any, Credentials] | None:
        if bearer(request):
            # Who shows a key that nobody took is not the person whose browser sends it along.
            raise NotAuthenticated
        found = super().authenticate(request)
        if found is None:
            return None
        actor = request._request.actor
        if actor.role == "authentication":
            # Their company or their side was switched off.
            raise NotAuthenticated
        return found[0], Credentials(actor, actor.user_id)
