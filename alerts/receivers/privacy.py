"""Messages that name a prospect: shown to the person who asks what is held, emptied when they are erased or too old.

Rows only, in the transaction of the erasure. That a message was sent, to whom and when, stays.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.dispatch import receiver

from accounts.models import Influencer, Membership, User
from alerts.models import Delivery, Notification
from leads.models import Lead
from leads.signals import contacts_aged_out, prospect_erased
from leadsmarket.lib.actor import SYSTEM, acting_as

ERASED = "—"
BATCH_SIZE = 1000


@receiver(prospect_erased, sender=Lead, dispatch_uid="alerts.prospect_erased")
def empty_messages(*, lead_ids: Collection[UUID], contacts: Iterable[str], **_signal: object) -> None:
    """Empty every message about these leads, or with one of these texts to somebody who deals with them."""
    with acting_as(SYSTEM):
        _empty_deliveries(_naming(Delivery.objects.all(), ("subject", "text", "html"), lead_ids, contacts))
        told = _naming(Notification.objects.all(), ("title", "body", "url"), lead_ids, contacts)
        _empty_notifications(told | Notification.objects.filter(lead_id__in=lead_ids))


@receiver(contacts_aged_out, sender=Lead, dispatch_uid="alerts.contacts_aged_out")
def empty_old_messages(*, before: datetime, **_signal: object) -> None:
    """Empty messages of a time whose leads have no contact any more."""
    with acting_as(SYSTEM):
        _empty_deliveries(Delivery.objects.filter(created_at__lt=before).exclude(text=ERASED))
        _empty_notifications(
            Notification.objects.filter(created_at__lt=before, lead_id__isnull=False).exclude(body=ERASED)
        )


def messages_about(lead_ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Return the messages about these leads, oldest first. Call as staff."""
    sent = _naming(Delivery.objects.all(), ("subject", "text", "html"), lead_ids, ())
    told = Notification.objects.filter(lead_id__in=lead_ids)
    rows = [
        *sent.values_list("created_at", "channel", "subject", "text"),
        *((at, "dashboard", title, body) for at, title, body in told.values_list("created_at", "title", "body")),
    ]
    return [
        {"created_at": at, "channel": channel, "subject": subject, "text": text}
        for at, channel, subject, text in sorted(rows, key=lambda row: row[0])
    ]


def _naming(rows: QuerySet, fields: Iterable[str], lead_ids: Collection[UUID], contacts: Iterable[str]) -> QuerySet:
    """Return the rows with a lead's id in one of their texts, and those with a contact that went to the sides of the leads."""
    ids = "|".join(str(lead_id) for lead_id in lead_ids)
    words = "|".join(_pattern(text) for text in contacts)
    sides = User.objects.filter(
        Q(pk__in=Membership.objects.filter(merchant__leads__in=lead_ids).values("user_id"))
        | Q(pk__in=Influencer.objects.filter(leads__in=lead_ids).values("user_id"))
        | Q(role=User.Role.STAFF)
    )
    about, naming = Q(), Q()
    for field in fields:
        if ids:
            about |= Q(**{f"{field}__regex": ids})
        if words:
            naming |= Q(**{f"{field}__regex": rf"(^|\W)({words})(\W|$)"})
    # Messages to a chat of staff have no user.
    to_sides = Q(user__in=sides) | Q(user=None)
    return rows.filter(about | (naming & to_sides)) if about or naming else rows.none()


def _pattern(contact: str) -> str:
    """Return how a contact is found in a text: a number also without its country's code, its digits grouped in any way."""
    if not contact.startswith("+"):
        return re.escape(contact)
    start, digits = (r"(\+|00)?(212|0)", contact[4:]) if contact.startswith("+212") else (r"(\+|00)?", contact[1:])
    return start + "".join(rf"[ ./()\xa0-]*{digit}" for digit in digits)


def _empty_deliveries(rows: QuerySet[Delivery]) -> None:
    waiting = (Delivery.Status.QUEUED, Delivery.Status.RETRYING)
    ids = list(rows.order_by("id").values_list("pk", flat=True))
    emptied = Delivery.objects.filter(pk__in=ids)
    emptied.filter(status__in=waiting).update(status=Delivery.Status.GIVEN_UP, claimed_until=None)
    emptied.update(subject=ERASED, text=ERASED, html="", payload={}, error="")


def _empty_notifications(rows: QuerySet[Notification]) -> None:
    ids = list(rows.order_by("id").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for first in range(0, len(ids), BATCH_SIZE):
            cursor.execute("SELECT empty_notifications(%s)", [ids[first : first + BATCH_SIZE]])
