"""The JSON Web Tokens of the API: who they name, and the key that signs them.

Signed with HS256 alone, by a key derived from SECRET_KEY for this purpose, so that nothing else that Django signs can be
shown here. An access token says who somebody is for a quarter of an hour, without a look into the database.
"""

from datetime import timedelta
from functools import cache
from typing import Any, Self
from uuid import UUID, uuid4

from django.utils.crypto import salted_hmac
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from leadsmarket.lib.actor import Actor

ISSUER = "leadsmarket"
ROLES = ("merchant", "influencer", "staff")


class InvalidToken(Exception):
    """Not one of our tokens, of another kind, or expired."""


@cache
def _backend() -> TokenBackend:
    key = salted_hmac("leadsmarket.api.tokens", "signing key", algorithm="sha256").hexdigest()
    return TokenBackend(algorithm="HS256", signing_key=key, issuer=ISSUER)


class _SignedToken(Token):
    @property
    def token_backend(self) -> TokenBackend:
        return _backend()

    @classmethod
    def read(cls, text: str) -> Self:
        """Return a token that we signed and that still counts. Raises InvalidToken."""
        try:
            return cls(text)  # type: ignore[arg-type]
        except (TokenError, ValueError, TypeError, OverflowError) as error:
            raise InvalidToken from error

    def uuid(self, claim: str) -> UUID | None:
        """Return a claim that is an id, None where it isn't there. Raises InvalidToken."""
        value: Any = self.payload.get(claim)
        try:
            return UUID(value) if value else None
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidToken from error

    def required_uuid(self, claim: str) -> UUID:
        """Return a claim that is an id. Raises InvalidToken."""
        value = self.uuid(claim)
        if value is None:
            raise InvalidToken
        return value


class AccessToken(_SignedToken):
    """Who somebody is: user, role, company or influencer, and the log-in (`sid`) it belongs to."""

    token_type = "access"  # noqa: S105
    lifetime = timedelta(minutes=15)

    @classmethod
    def of(cls, actor: Actor, session_id: UUID) -> Self:
        """Return a new token for an actor."""
        token = cls()
        token["iss"] = ISSUER
        token["sub"] = str(actor.user_id)
        token["sid"] = str(session_id)
        token["role"] = actor.role
        if actor.merchant_id:
            token["merchant_id"] = str(actor.merchant_id)
        if actor.influencer_id:
            token["influencer_id"] = str(actor.influencer_id)
        return token

    def actor(self) -> Actor:
        """Return whom row level security takes the bearer for. Raises InvalidToken."""
        role = self.payload.get("role")
        merchant_id, influencer_id = self.uuid("merchant_id"), self.uuid("influencer_id")
        fits = {
            "merchant": bool(merchant_id) and not influencer_id,
            "influencer": bool(influencer_id) and not merchant_id,
            "staff": not merchant_id and not influencer_id,
        }
        if not isinstance(role, str) or not fits.get(role):
            raise InvalidToken
        return Actor(role, self.required_uuid("sub"), merchant_id, influencer_id)  # type: ignore[arg-type]


class RefreshToken(_SignedToken):
    """Good for one new pair of tokens; its id is the one that TokenSession expects next."""

    token_type = "refresh"  # noqa: S105
    lifetime = timedelta(days=7)

    @classmethod
    def of(cls, user_id: UUID, session_id: UUID) -> Self:
        """Return a new token of somebody's log-in."""
        token = cls()
        token["iss"] = ISSUER
        token["sub"] = str(user_id)
        token["sid"] = str(session_id)
        return token

    def set_jti(self) -> None:
        self.payload["jti"] = str(uuid4())
