"""What follows a log-in, a new password or a change of the second factor; lines for the security log."""

import logging
from typing import Any

from allauth.account.signals import authentication_step_completed, password_changed, password_reset
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.audit import record_audit
from accounts.models import User
from accounts.sessions import end_other_sessions, move_session, note_session
from leadsmarket.lib.actor import Actor, acting_as, current_actor
from leadsmarket.lib.visitor import client_ip

logger = logging.getLogger("leadsmarket.security")


@receiver(user_logged_in)
def note_log_in(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Put the browser on the person's list."""
    note_session(request, user)
    logger.info("log-in of user %s from %s", user.pk, client_ip(request))


@receiver(authentication_step_completed)
def renew_session(request: HttpRequest, user: User, *, reauthenticated: bool = False, **_signal: Any) -> None:
    """Give the session another key when the password was typed again: one that was stolen before is worth nothing then."""
    if reauthenticated:
        before = request.session.session_key
        request.session.cycle_key()
        move_session(user=user, before=before, after=request.session.session_key)


@receiver(user_logged_out)
def tell_log_out(request: HttpRequest, user: User | None, **_signal: Any) -> None:
    """Write a line."""
    if user is not None:
        logger.info("log-out of user %s", user.pk)


@receiver(user_login_failed)
def tell_failed_log_in(request: HttpRequest | None, credentials: dict[str, Any], **_signal: Any) -> None:
    """Write a line; the address is masked by the handlers, the password is never here."""
    address = credentials.get("email") or credentials.get("username") or ""
    logger.warning("log-in failed for %s from %s", address, client_ip(request) if request else None)


@receiver(password_changed)
@receiver(password_reset)
def log_others_out(request: HttpRequest, user: User, **_signal: Any) -> None:
    """A new password ends every other browser: whoever knew the old one may sit there."""
    with acting_as(_own_actor(user)):
        count = end_other_sessions(user=user, kept_key=request.session.session_key)
        record_audit("accounts.user.password_changed", user)
    logger.info("new password of user %s from %s, %s other sessions ended", user.pk, client_ip(request), count)


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def record_second_factor(request: HttpRequest, user: User, authenticator: Any, signal: Any, **_signal: Any) -> None:
    """Record what became of somebody's second factor."""
    change = {authenticator_added: "added", authenticator_removed: "removed"}.get(signal, "renewed")
    with acting_as(_own_actor(user)):
        record_audit(f"accounts.second_factor.{change}", user, data={"type": authenticator.type})
    logger.info("second factor (%s) %s: user %s from %s", authenticator.type, change, user.pk, client_ip(request))


@receiver(authentication_failed)
def tell_wrong_code(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Write a line: somebody with the right password typed a wrong code."""
    logger.warning("wrong code of the second factor for user %s from %s", user.pk, client_ip(request))


def _own_actor(user: User) -> Actor:
    actor = current_actor()
    return actor if actor.user_id == user.pk else Actor("authentication", user_id=user.pk)
