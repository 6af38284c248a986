"""The words of a message, per kind and channel, in the language of the person who reads it."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from alerts.kinds import LEVELS


def write_message(kind: str, user: User, context: dict[str, Any]) -> dict[str, str]:
    """Return subject, text and html of an e-mail as its person reads it, in their language."""
    with translation.override(user.language):
        values = _values(user, context)
        subject, text, html = (
            render_to_string(f"emails/{kind}/{file}", values) for file in ("subject.txt", "body.txt", "body.html")
        )
    return {"subject": _one_line(subject)[:200], "text": text.strip() + "\n", "html": html}


def write_notification(kind: str, user: User, context: dict[str, Any], level: str = "") -> dict[str, str]:
    """Return what a notification says, in its person's language: the subject of the e-mail and one short text.

    level: of a deposit level, the level; else that of the kind. url: a path of this site.
    """
    with translation.override(user.language):
        values = _values(user, context)
        title = render_to_string(f"emails/{kind}/subject.txt", values)
        body = render_to_string(f"notifications/{kind}.txt", values)
    return {
        "level": level or LEVELS[kind],
        "title": _one_line(title)[:200],
        "body": _one_line(body),
        "url": urlsplit(context["url"])._replace(scheme="", netloc="").geturl(),
    }


def write_short_text(kind: str, user: User, context: dict[str, Any]) -> str:
    """Return the text for a phone: one line with a link, in its person's language."""
    with translation.override(user.language):
        values = _values(user, context)
        values["title"] = _one_line(render_to_string(f"emails/{kind}/subject.txt", values))
        return _one_line(render_to_string(f"sms/{kind}.txt", values))


def _values(user: User | None, context: dict[str, Any]) -> dict[str, Any]:
    return {"user": user, "site_url": settings.SITE_URL, **context}


def _one_line(text: str) -> str:
    # Not str.split(): it would take the no-break spaces of amounts and French for ends of words.
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")
