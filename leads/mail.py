"""E-mails to prospects, who have no log-in: the link that confirms a request about their data, and its answer.

No row is kept for them (the outbox is for people with a log-in): whoever misses the link asks again.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from kombu.exceptions import OperationalError

from accounts.tasks import send_account_email
from leads.models import ProspectRequest


def send_confirmation(asked: ProspectRequest, token: str) -> None:
    """Send the confirming link, in the language of the form."""
    url = settings.SITE_URL + reverse("privacy_confirm", args=[token])
    _send(asked, "privacy_confirm", {"asked": asked, "url": url})


def send_answer(asked: ProspectRequest) -> None:
    """Tell the person what was done, or why not."""
    _send(asked, "privacy_answer", {"asked": asked, "url": settings.SITE_URL + reverse("privacy")})


def _send(asked: ProspectRequest, name: str, context: dict[str, Any]) -> None:
    with translation.override(asked.language):
        subject, text, html = (
            render_to_string(f"leads/email/{name}/{part}", context).strip()
            for part in ("subject.txt", "body.txt", "body.html")
        )
    arguments = {
        "subject": " ".join(subject.split()),
        "text": f"{text}\n",
        "html": html,
        "sender": settings.DEFAULT_FROM_EMAIL,
        "recipients": [asked.email],
    }
    try:
        send_account_email.delay(**arguments)
    except OperationalError:
        # The broker is away, and the person waits for it.
        send_account_email(**arguments)
