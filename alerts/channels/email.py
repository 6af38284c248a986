"""E-mail through Django's back end: SMTP, console or file, or a provider by django-anymail (EMAIL_BACKEND, EMAIL_URL)."""

import smtplib

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives

from alerts.attachments import attachment_content
from alerts.errors import DeliveryError
from alerts.models import Delivery


def send(delivery: Delivery) -> str:
    """Send one message and return the provider's id, where it gives one. Raises DeliveryError."""
    message = EmailMultiAlternatives(delivery.subject, delivery.text, to=[delivery.address])
    # The same id on a repeat lets mail programs show one message.
    message.extra_headers["Message-ID"] = f"<{delivery.pk}@leadsmarket>"
    if delivery.html:
        message.attach_alternative(delivery.html, "text/html")
    for attachment in delivery.attachments:
        message.attach(*attachment_content(attachment))
    try:
        message.send()
    except (smtplib.SMTPRecipientsRefused, AnymailRecipientsRefused) as error:
        raise DeliveryError(str(error), permanent=_is_permanent(error)) from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(str(error), permanent=500 <= error.smtp_code < 600) from error
    except (OSError, AnymailError) as error:
        raise DeliveryError(f"{type(error).__name__}: {error}") from error
    status = getattr(message, "anymail_status", None)
    return str(getattr(status, "message_id", None) or "")


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _text in error.recipients.values())
    return True
