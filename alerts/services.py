"""Notifications and messages: rows written with their cause.

Messages are sent after the commit, tried again with growing gaps, given up after a day.
"""

import logging
import random
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.audit import record_audit
from accounts.models import User
from alerts.channels import email
from alerts.errors import DeliveryError
from alerts.kinds import LEVELS, Kind
from alerts.models import Delivery, Notification
from alerts.signals import delivery_queued
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import NotFound

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=3)
"""Longer than a slow mail server: after it, a message whose worker died is free for another."""
GIVE_UP_AFTER = timedelta(days=1)
SWEEP_LASTS = timedelta(seconds=50)
"""The every-minute job stops starting new ones then: a mail server that hangs must not pile runs up."""
Status = Delivery.Status

SENDERS: dict[str, Callable[[Delivery], str]] = {Delivery.Channel.EMAIL: email.send}


def notify(
    kind: Kind,
    users: Iterable[User],
    *,
    cause: str,
    context: dict[str, Any],
    about: Mapping[str, UUID | None] | None = None,
    attachments: Iterable[dict[str, str]] = (),
) -> None:
    """Notify each person on their dashboard and by e-mail, in their language, in the transaction of the cause.

    Once per kind, cause and person.

    cause: what the message is about, such as `payment:<id>`. context: for the templates; texts in it are lazy, so that each
    person reads them in their own language. about: the ids of Notification, such as `deposit_id`.
    """
    with acting_as(SYSTEM):
        for user in users:
            _show_on_dashboard(kind, user, cause, context, about or {})
            _queue_email(kind, user, cause, context, list(attachments))


def write_message(kind: Kind, user: User, context: dict[str, Any]) -> dict[str, str]:
    """Return subject, text and html of a message as its person reads it, in their language."""
    with translation.override(user.language):
        values = {"user": user, "site_url": settings.SITE_URL, **context}
        subject, text, html = (
            render_to_string(f"emails/{kind}/{file}", values) for file in ("subject.txt", "body.txt", "body.html")
        )
    return {"subject": _one_line(subject)[:200], "text": text.strip() + "\n", "html": html}


def write_notification(kind: Kind, user: User, context: dict[str, Any]) -> dict[str, str]:
    """Return what a notification says, in its person's language: the subject of the e-mail and one short text."""
    with translation.override(user.language):
        values = {"user": user, "site_url": settings.SITE_URL, **context}
        title = render_to_string(f"emails/{kind}/subject.txt", values)
        body = render_to_string(f"notifications/{kind}.txt", values)
    return {
        "level": LEVELS[kind],
        "title": _one_line(title)[:200],
        "body": _one_line(body),
        "url": urlsplit(context["url"])._replace(scheme="", netloc="").geturl(),
    }


def _one_line(text: str) -> str:
    # Not str.split(): it would take the no-break spaces of amounts and French for ends of words.
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def mark_read(notification: Notification) -> None:
    """Note that its person opened a notification; the first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())


def mark_all_read(*, user_id: UUID) -> int:
    """Note that a person has read all that they were told until now; returns how many were unread."""
    return Notification.objects.filter(user_id=user_id, read_at=None).update(read_at=timezone.now())


def send_delivery(delivery_id: UUID) -> str:
    """Send one queued message and return its new status; safe to call from several workers at once.

    A crash between sending and recording leads to one repeat at most, with the same Message-ID.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return "nothing to do"
    try:
        provider_id = SENDERS[delivery.channel](delivery)
    except DeliveryError as error:
        return _note_failure(delivery, str(error), permanent=error.permanent)
    except Exception as error:
        # A file that is away, a bug: the row must tell, and the messages after it must go on.
        logger.exception("delivery %s failed", delivery.pk)
        return _note_failure(delivery, f"{type(error).__name__}: {error}", permanent=False)
    # Also where the claim ran out meanwhile: it was sent.
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=delivery.pk).update(
            status=Status.SENT, sent_at=timezone.now(), provider_id=provider_id[:255], error="", claimed_until=None
        )
    return Status.SENT


def send_due_deliveries(*, limit: int = 500) -> int:
    """Send what the broker lost or what failed before, for less than a minute; returns how many were tried."""
    now = timezone.now()
    with acting_as(SYSTEM):
        due = list(
            Delivery.objects.filter(
                Q(claimed_until=None) | Q(claimed_until__lt=now),
                status__in=[Status.QUEUED, Status.RETRYING],
                next_attempt_at__lte=now,
            )
            .order_by("next_attempt_at")
            .values_list("pk", flat=True)[:limit]
        )
    tried = 0
    for delivery_id in due:
        if timezone.now() - now > SWEEP_LASTS:
            break
        send_delivery(delivery_id)
        tried += 1
    return tried


@transaction.atomic
def resend_delivery(*, delivery_id: UUID) -> Delivery:
    """Queue a message once more (staff), also one that was sent or given up; a worker sends it after the commit.

    One that a worker is sending right now is left to it. Raises NotFound.
    """
    now = timezone.now()
    delivery = Delivery.objects.select_for_update(no_key=True).filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound
    if delivery.claimed_until and delivery.claimed_until > now:
        return delivery
    record_audit(
        "alerts.delivery.resent",
        delivery,
        data={
            "kind": delivery.kind,
            "status_before": delivery.status,
            "sent_before": delivery.sent_at.isoformat() if delivery.sent_at else None,
        },
    )
    delivery.status = Status.QUEUED
    delivery.sent_at = None
    delivery.claimed_until = None
    delivery.next_attempt_at = now
    delivery.save(update_fields=["status", "sent_at", "claimed_until", "next_attempt_at"])
    _send_after_commit(delivery)
    return delivery


def _show_on_dashboard(
    kind: Kind, user: User, cause: str, context: dict[str, Any], about: Mapping[str, UUID | None]
) -> None:
    key = f"{cause}:{kind}:{user.pk}:dashboard"
    if Notification.objects.filter(deduplication_key=key).exists():
        return
    Notification.objects.get_or_create(
        deduplication_key=key,
        defaults={"kind": kind, "user": user, **about, **write_notification(kind, user, context)},
    )


def _queue_email(kind: Kind, user: User, cause: str, context: dict[str, Any], attachments: list) -> None:
    key = f"{cause}:{kind}:{user.pk}:email"
    if Delivery.objects.filter(deduplication_key=key).exists():
        return
    delivery, created = Delivery.objects.get_or_create(
        deduplication_key=key,
        defaults={
            "kind": kind,
            "user": user,
            "address": user.email,
            "language": user.language,
            "attachments": attachments,
            **write_message(kind, user, context),
        },
    )
    if created:
        _send_after_commit(delivery)


def _send_after_commit(delivery: Delivery) -> None:
    def tell_worker() -> None:
        delivery_queued.send(Delivery, delivery_id=delivery.pk)

    # A function with a name: Django's log line of a failed robust hook asks for it.
    transaction.on_commit(tell_worker, robust=True)


def _claim(delivery_id: UUID) -> Delivery | None:
    now = timezone.now()
    with acting_as(SYSTEM):
        claimed = (
            Delivery.objects.filter(pk=delivery_id, status__in=[Status.QUEUED, Status.RETRYING])
            .filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
            .update(claimed_until=now + CLAIM, attempts=F("attempts") + 1)
        )
        return Delivery.objects.get(pk=delivery_id) if claimed else None


def _note_failure(delivery: Delivery, error: str, *, permanent: bool) -> str:
    now = timezone.now()
    too_old = now - delivery.created_at > GIVE_UP_AFTER
    status = Status.GIVEN_UP if permanent or too_old else Status.RETRYING
    # 30 s, 1 min, 2 min … at most 2 h, each up to half as long again, so that many don't come back at once.
    pause = min(30 * 2 ** (delivery.attempts - 1), 2 * 3600) * random.uniform(1, 1.5)  # noqa: S311 - not a secret
    logger.warning("delivery %s (%s): %s", delivery.pk, delivery.kind, status)
    # Only while the claim is ours: another worker may have sent it since.
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=delivery.pk, claimed_until=delivery.claimed_until).update(
            status=status, error=error[:2000], claimed_until=None, next_attempt_at=now + timedelta(seconds=pause)
        )
    return status
