"""What `manage.py doctor` looks at in messages: the mail server, each channel's settings, and what is not sent."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Q
from django.utils import timezone

from alerts.channels.registry import CHANNELS
from alerts.channels.twilio import client as twilio
from alerts.channels.whatsapp import client as whatsapp
from alerts.kinds import ChannelName
from alerts.models import Delivery
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.health import Finding, State, register_check
from leadsmarket.lib.outbound import NoAnswer

SMTP = "django.core.mail.backends.smtp.EmailBackend"
SMTP_SECONDS = 4
PROVIDER_SECONDS = 4
OVERDUE = timedelta(minutes=10)
MOST_COUNTED = 1000
Status = Delivery.Status


@register_check("mail", seconds=10)
def mail(*, online: bool) -> Iterator[Finding]:
    """Whether e-mails can leave: connected and logged in by SMTP without sending, or by a provider's key."""
    if settings.EMAIL_BACKEND.startswith("anymail."):
        # Without its keys the site does not start.
        yield Finding("e-mail", State.OK, f"by {settings.EMAIL_BACKEND.split('.')[2]}, its keys are set")
    elif settings.EMAIL_BACKEND == SMTP:
        yield _smtp()
    else:
        state = State.BROKEN if settings.IS_PRODUCTION else State.OFF
        advice = "Set EMAIL_URL or EMAIL_PROVIDER." if settings.IS_PRODUCTION else ""
        yield Finding("e-mail", state, f"nothing leaves this machine: {settings.EMAIL_BACKEND}", advice)
    if settings.IS_PRODUCTION and parseaddr(settings.DEFAULT_FROM_EMAIL)[1].endswith(".test"):
        yield Finding("e-mail's sender", State.BROKEN, settings.DEFAULT_FROM_EMAIL, "Set DEFAULT_FROM_EMAIL.")


@register_check("channels", seconds=12)
def channels(*, online: bool) -> Iterator[Finding]:
    """Which other ways out have their settings; with `online` whether the providers of SMS and WhatsApp let us in."""
    for name, channel in CHANNELS.items():
        if name == ChannelName.EMAIL:
            continue
        missing = channel.missing_settings()
        if missing:
            yield Finding(f"channel {name}", State.OFF, f"not configured: {', '.join(missing)}")
        elif online and name in (ChannelName.SMS, ChannelName.WHATSAPP):
            yield _phone_provider(name)
        else:
            yield Finding(f"channel {name}", State.OK, "configured")


def _phone_provider(name: str) -> Finding:
    by_meta = name == ChannelName.WHATSAPP and settings.WHATSAPP_PROVIDER == "meta"
    provider, ask = ("Meta", whatsapp.number_status) if by_meta else ("Twilio", twilio.account_status)
    token = "WHATSAPP_TOKEN and WHATSAPP_PHONE_ID" if by_meta else "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    try:
        status = ask(seconds=PROVIDER_SECONDS)
    except NoAnswer as error:
        return Finding(
            f"channel {name}", State.HINT, f"{provider} does not answer: {error}", "Messages wait meanwhile."
        )
    if status == 200:
        return Finding(f"channel {name}", State.OK, f"{provider} lets us in")
    if status >= 500 or status == 429:
        return Finding(f"channel {name}", State.HINT, f"{provider} answers {status}", "Messages wait meanwhile.")
    return Finding(f"channel {name}", State.BROKEN, f"{provider} refuses us ({status})", f"Correct {token}.")


@register_check("messages", after=["database"])
def messages(*, online: bool) -> Iterator[Finding]:
    """Messages that should have left, and those that were given up lately."""
    now = timezone.now()
    with acting_as(SYSTEM):
        waiting = Delivery.objects.filter(
            Q(claimed_until=None) | Q(claimed_until__lt=now),
            status__in=[Status.QUEUED, Status.RETRYING],
            next_attempt_at__lt=now - OVERDUE,
        )[:MOST_COUNTED].count()
        retried = Delivery.objects.filter(status=Status.RETRYING)[:MOST_COUNTED].count()
        given_up = Delivery.objects.filter(status=Status.GIVEN_UP, created_at__gt=now - timedelta(days=2))
        given_up_count = given_up[:MOST_COUNTED].count()
    if waiting:
        yield Finding("messages", State.BROKEN, f"{waiting} wait", "Is the job `deliver` running?")
    else:
        yield Finding("messages", State.OK, f"none waits, {retried} to be tried again")
    if given_up_count:
        advice = "See the errors under Messages on the staff site; staff can send them again."
        yield Finding("messages", State.HINT, f"{given_up_count} given up in two days", advice)


def _smtp() -> Finding:
    backend = get_connection(timeout=SMTP_SECONDS)
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as error:
        return Finding("e-mail", State.BROKEN, f"{where} refuses the log-in ({error.smtp_code})", "Correct EMAIL_URL.")
    except (OSError, smtplib.SMTPException) as error:
        advice = "Start the mail server, or correct EMAIL_URL; messages wait meanwhile."
        return Finding("e-mail", State.BROKEN, f"{where}: {type(error).__name__}", advice)
    finally:
        backend.close()
    return Finding("e-mail", State.OK, f"{where} lets us in" if settings.EMAIL_HOST_USER else f"{where} answers")
