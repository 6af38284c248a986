"""Log-ins by token: begin, go on with a refresh token, end.

Each log-in is a TokenSession, whose refresh tokens follow one another. Only the last one counts: a token used twice means that
somebody else has a copy, so the whole log-in ends, for the thief and for the owner.
"""

import hashlib
import logging
from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.second_factor import CodeForm, has_second_factor, is_required_of
from accounts.selectors import actor_of
from api.errors import NotAuthenticated
from api.models import TokenSession
from api.tokens import AccessToken, InvalidToken, RefreshToken
from leadsmarket.lib.actor import AUTHENTICATION, Actor, acting_as
from leadsmarket.lib.errors import NotAllowed
from leadsmarket.lib.identifiers import new_id

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client keeps: `access` to call with, `refresh` to get the next pair."""

    access: str
    refresh: str


class WrongCredentials(NotAuthenticated):
    """Address or password; which of them is not told."""

    message = _("The e-mail address or the password is wrong.")


class CodeRequired(NotAuthenticated):
    """The password is right, and the account asks for a second factor."""

    message = _("Enter the code of your authenticator app.")

    def __init__(self) -> None:
        super().__init__(fields={"code": self.message})


class SecondFactorMissing(NotAllowed):
    """Staff must have one."""

    message = _("Staff log in with a second factor. Set yours up on the site first.")


class EmailNotVerified(NotAllowed):
    message = _("Please confirm your e-mail address first, by the link that we sent.")


class SwitchedOff(NotAllowed):
    message = _("This account is switched off.")


class TokenEnded(NotAuthenticated):
    """The refresh token was used, revoked or is too old."""

    message = _("This log-in has ended. Please log in again.")


def log_in(*, request: HttpRequest, email: str, password: str, code: str = "") -> TokenPair:
    """Begin a log-in by password, and by a code of the authenticator app (or a recovery code) where the account has one.

    Raises WrongCredentials, CodeRequired, EmailNotVerified,
    SecondFactorMissing, SwitchedOff.
    """
    with acting_as(AUTHENTICATION):
        user = authenticate(request, email=email.strip().lower(), password=password)
        if not isinstance(user, User):
            raise WrongCredentials
        if not EmailAddress.objects.filter(user_id=user.pk, email=user.email, verified=True).exists():
            raise EmailNotVerified
        _check_second_factor(user, code)
        actor = _actor(user)
    with acting_as(_at_the_door(user.pk)):
        session = TokenSession(
            id=new_id(),
            user=user,
            current_token_id=new_id(),
            password_mark=_password_mark(user),
            expires_at=timezone.now(),
        )
        return _issue(session, actor)


def refresh_tokens(*, refresh: str) -> TokenPair:
    """Exchange a refresh token for a new pair; the old token is used up.

    A token used before ends the whole log-in. So does a password changed, a user or company switched off. Raises TokenEnded.
    """
    user_id, session_id, token_id = _read(refresh)
    with acting_as(_at_the_door(user_id)):
        session = (
            TokenSession.objects.select_for_update(of=("self",)).select_related("user").filter(pk=session_id).first()
        )
        if session is None or session.ended_at or session.expires_at <= timezone.now():
            raise TokenEnded
        end = _reason_to_end(session, token_id)
        if not end:
            return _issue(session, actor_of(session.user))
        _end(session, end)
    raise TokenEnded


def revoke(*, refresh: str) -> None:
    """End the log-in of a refresh token. What is no token of ours, or has ended, is ended: nothing is told."""
    try:
        user_id, session_id, _token_id = _read(refresh)
    except TokenEnded:
        return
    with acting_as(_at_the_door(user_id)):
        session = TokenSession.objects.select_for_update().filter(pk=session_id, ended_at=None).first()
        if session:
            _end(session, TokenSession.End.REVOKED)


def end_sessions_of(user: User) -> int:
    """End every log-in by token of a user; returns how many there were."""
    sessions = TokenSession.objects.filter(user=user, ended_at=None)
    return sessions.update(ended_at=timezone.now(), end=TokenSession.End.REVOKED)


def forget_old_sessions() -> int:
    """Delete log-ins whose last refresh token has expired; call as the platform. Returns how many."""
    deleted, _by_model = TokenSession.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def _at_the_door(user_id: UUID) -> Actor:
    """Somebody who logs in: sees what log-in pages see, and their own log-ins."""
    return Actor("authentication", user_id=user_id)


def _read(refresh: str) -> tuple[UUID, UUID, UUID]:
    """The user, the log-in and the id of a refresh token. Raises TokenEnded."""
    try:
        token = RefreshToken.read(refresh)
        return token.required_uuid("sub"), token.required_uuid("sid"), token.required_uuid("jti")
    except InvalidToken:
        raise TokenEnded from None


def _check_second_factor(user: User, code: str) -> None:
    if has_second_factor(user):
        # Counts wrong codes, and takes each code once.
        if not code or not CodeForm({"code": code}, user=user).is_valid():  # type: ignore[call-arg]
            raise CodeRequired
    elif is_required_of(user):
        raise SecondFactorMissing


def _actor(user: User) -> Actor:
    actor = actor_of(user)
    if actor.role == AUTHENTICATION.role:
        raise SwitchedOff
    return actor


def _reason_to_end(session: TokenSession, token_id: UUID) -> str:
    if token_id != session.current_token_id:
        logger.warning("A used refresh token was shown again; log-in %s ends", session.pk)
        return TokenSession.End.REUSED
    user = session.user
    if _password_mark(user) != session.password_mark or actor_of(user).role == AUTHENTICATION.role:
        return TokenSession.End.REFUSED
    return ""


def _issue(session: TokenSession, actor: Actor) -> TokenPair:
    access, refresh = AccessToken.of(actor, session.pk), RefreshToken.of(session.user_id, session.pk)
    session.current_token_id = refresh.required_uuid("jti")
    session.refreshed_at = timezone.now()
    session.expires_at = session.refreshed_at + RefreshToken.lifetime
    with transaction.atomic():
        session.save()
    return TokenPair(str(access), str(refresh))


def _end(session: TokenSession, end: str) -> None:
    session.ended_at = timezone.now()
    session.end = end
    session.save(update_fields=["ended_at", "end"])


def _password_mark(user: User) -> str:
    """A digest of the stored password hash: no other use can be made of it."""
    return hashlib.sha256(f"leadsmarket.api.password:{user.password}".encode()).hexdigest()
