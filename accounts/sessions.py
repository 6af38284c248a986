"""Where somebody is logged in: noted as their requests come, listed and ended on their Security page."""

import re
import time
from datetime import timedelta
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import record_audit
from accounts.errors import SessionNotFound
from accounts.models import LoginSession, User
from accounts.signals import sessions_ended
from leadsmarket.lib.actor import Actor, acting_as
from leadsmarket.lib.visitor import client_ip

NOTE_EVERY = timedelta(minutes=5)
MOST_REMEMBERED = 10_000

# When this process last wrote about a session. A request then costs no query; each process writes every five minutes.
_noted: dict[str, float] = {}

BROWSERS = (
    ("Edge", r"\bEdgA?(?:iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|Chromium|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("Windows", r"\bWindows\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Mac", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)


def device_name(user_agent: str) -> str:
    """Return browser and system as people know them, `Chrome · Windows`; empty where neither is known."""
    names = [
        next((name for name, pattern in known if re.search(pattern, user_agent)), "") for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in names if name)


def note_session(request: HttpRequest, user: User) -> None:
    """Remember where and when a session of `user` was used; at most every five minutes per process."""
    key = request.session.session_key
    if not key or time.monotonic() - _noted.get(key, -1e9) < NOTE_EVERY.total_seconds():
        return
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[key] = time.monotonic()
    row = LoginSession(
        user=user,
        session_key=key,
        ip_address=client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[: LoginSession._meta.get_field("user_agent").max_length],
    )
    with acting_as(Actor("authentication", user_id=user.pk)):
        LoginSession.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["session_key"],
            update_fields=["ip_address", "user_agent", "last_seen_at"],
        )


def move_session(*, user: User, before: str | None, after: str | None) -> None:
    """Keep what was noted about a session whose key was changed."""
    with acting_as(Actor("authentication", user_id=user.pk)):
        LoginSession.objects.filter(user=user, session_key=before or "").update(session_key=after or "")


def limit_staff_session(request: HttpRequest) -> None:
    """Let a session of staff end STAFF_SESSION_SECONDS after the log-in, whatever they chose about being remembered."""
    if request.user.is_authenticated and request.user.role == User.Role.STAFF:
        request.session.set_expiry(settings.STAFF_SESSION_SECONDS)


def sessions_of(user: User) -> list[LoginSession]:
    """Return the browsers in which somebody is logged in now, the latest used first."""
    living = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    return list(LoginSession.objects.filter(Exists(living), user=user).order_by("-last_seen_at", "-id"))


@transaction.atomic
def end_session(*, user: User, session_id: UUID) -> None:
    """Log one browser of somebody out. Raises SessionNotFound (also for another's, and when it was ended before)."""
    row = LoginSession.objects.filter(user=user, pk=session_id).first()
    if row is None:
        raise SessionNotFound
    _end([row])


@transaction.atomic
def end_other_sessions(*, user: User, kept_key: str | None) -> int:
    """Log all browsers of somebody out but the one with the session key `kept_key`; tell who gave out tokens.

    Returns how many there were. Called by the person, and after each new password.
    """
    others = list(LoginSession.objects.filter(user=user).exclude(session_key=kept_key or ""))
    _end(others)
    sessions_ended.send(sender=User, user=user)
    return len(others)


@transaction.atomic
def end_all_sessions(*, user: User) -> int:
    """Log somebody out everywhere: staff, for an account that may be in other hands. Returns how many browsers it were."""
    count = end_other_sessions(user=user, kept_key=None)
    record_audit("accounts.user.sessions_ended", user, data={"browsers": count})
    return count


def _end(rows: list[LoginSession]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for row in rows:
        store.delete(row.session_key)
    LoginSession.objects.filter(pk__in=[row.pk for row in rows]).delete()


@transaction.atomic
def clear_sessions() -> int:
    """Delete sessions whose time is over and what was noted about sessions that ended. Returns how many were over."""
    count, _by_model = Session.objects.filter(expire_date__lte=timezone.now()).delete()
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    LoginSession.objects.filter(~Exists(living)).delete()
    return count
