"""E-mail through Django's back end: SMTP, console or file, or a provider by django-anymail. See docs/emails.md."""

import smtplib
from email.utils import parseaddr

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from alerts.attachments import attachment_content
from alerts.errors import DeliveryError
from alerts.kinds import ONE_CLICK_UNSUBSCRIBE, ChannelName
from alerts.models import Delivery
from alerts.unsubscribe import unsubscribe_url


class EmailChannel:
    """E-mail is always configured: production does not start without EMAIL_URL or EMAIL_PROVIDER."""

    name = ChannelName.EMAIL

    def missing_settings(self) -> list[str]:
        """Return nothing: see leadsmarket.settings.email and production."""
        return []

    def payload(self, kind: str, level: str, context: dict[str, object]) -> dict[str, object]:
        """Return nothing: subject, text and html are all of an e-mail."""
        return {}

    def send(self, delivery: Delivery) -> str:
        """Send one message and return the provider's id, where it gives one. Raises DeliveryError.

        Permanent is only what the server says about this person or this message. A wrong password, a sender it doesn't like or
        a server that is closed are the operator's to mend, and messages wait for that.
        """
        message = EmailMultiAlternatives(
            delivery.subject, delivery.text, to=[delivery.address], headers=_headers(delivery)
        )
        # Comes back with what a provider tells of the message; SMTP has no use for it.
        message.metadata = {"delivery_id": str(delivery.pk)}
        if delivery.html:
            message.attach_alternative(delivery.html, "text/html")
        for attachment in delivery.attachments:
            message.attach(*attachment_content(attachment))
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            refused = all(500 <= code < 600 for code, _text in error.recipients.values())
            raise DeliveryError(f"{type(error).__name__}: {error}", bad_address=refused) from error
        except smtplib.SMTPDataError as error:
            permanent = 500 <= error.smtp_code < 600
            raise DeliveryError(f"{type(error).__name__}: {error}", permanent=permanent) from error
        except AnymailRecipientsRefused as error:
            raise DeliveryError(f"{type(error).__name__}: {error}", bad_address=True) from error
        except (OSError, AnymailError) as error:
            raise DeliveryError(f"{type(error).__name__}: {error}") from error
        status = getattr(message, "anymail_status", None)
        return str(getattr(status, "message_id", None) or "")


def _headers(delivery: Delivery) -> dict[str, str]:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    unsubscribe = (
        {
            "List-Unsubscribe": f"<{unsubscribe_url(delivery.user_id, delivery.kind)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        if delivery.kind in ONE_CLICK_UNSUBSCRIBE
        else {}
    )
    return {
        **unsubscribe,
        # The same id on a repeat lets mail programs show one message.
        "Message-ID": f"<{delivery.pk}@{domain}>",
        # Keeps answering machines from answering.
        "Auto-Submitted": "auto-generated",
    }
