"""Sending the deliveries: after the commit, tried again with growing gaps, given up after a day."""

import logging
import random
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.audit import record_audit
from alerts.channels.registry import CHANNELS
from alerts.errors import DeliveryError
from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery
from alerts.services.events import announce
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


def send_delivery(delivery_id: UUID) -> str:
    """Send one queued message and return its new status; safe to call from several workers at once.

    A crash between sending and recording leads to one repeat at most, with the same Message-ID.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return "nothing to do"
    try:
        provider_id = CHANNELS[delivery.channel].send(delivery)
    except DeliveryError as error:
        return _note_failure(delivery, str(error), permanent=error.permanent, bad_address=error.bad_address)
    except Exception as error:
        # A file that is away, a bug: the row must tell, and the messages after it must go on.
        logger.exception("delivery %s failed", delivery.pk)
        return _note_failure(delivery, f"{type(error).__name__}: {error}", permanent=False)
    # Also where the claim ran out meanwhile: it was sent. Not where the provider's callback was quicker.
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=delivery.pk, sent_at=None).update(
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
    delivery.sent_at = delivery.delivered_at = delivery.claimed_until = None
    delivery.next_attempt_at = now
    delivery.save(update_fields=["status", "sent_at", "delivered_at", "claimed_until", "next_attempt_at"])
    send_after_commit(delivery)
    return delivery


def send_after_commit(delivery: Delivery) -> None:
    """Ask a worker to send a message once the running transaction is committed."""

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


def _note_failure(delivery: Delivery, error: str, *, permanent: bool, bad_address: bool = False) -> str:
    now = timezone.now()
    too_old = now - delivery.created_at > GIVE_UP_AFTER
    status = Status.GIVEN_UP if permanent or too_old else Status.RETRYING
    # 30 s, 1 min, 2 min … at most 2 h, each up to half as long again, so that many don't come back at once.
    pause = min(30 * 2 ** (delivery.attempts - 1), 2 * 3600) * random.uniform(1, 1.5)  # noqa: S311 - not a secret
    logger.warning("delivery %s (%s): %s", delivery.pk, delivery.kind, status)
    # Only while the claim is ours: another worker may have sent it since.
    with acting_as(SYSTEM):
        ours = Delivery.objects.filter(pk=delivery.pk, claimed_until=delivery.claimed_until).update(
            status=status, error=error[:2000], claimed_until=None, next_attempt_at=now + timedelta(seconds=pause)
        )
        if ours and bad_address:
            note_bad_address(delivery, error)
        elif ours and status == Status.GIVEN_UP:
            _tell_staff(delivery)
    return status


def note_bad_address(delivery: Delivery, reason: str) -> None:
    """Note that an address can't be reached, so that nothing more is sent there and its person is shown it; as the platform."""
    if delivery.user_id is not None:
        AddressProblem.objects.bulk_create(
            [
                AddressProblem(
                    user_id=delivery.user_id,
                    channel=delivery.channel,
                    address=delivery.address,
                    reason=reason[:300],
                )
            ],
            ignore_conflicts=True,
        )


def _tell_staff(delivery: Delivery) -> None:
    # Once an hour and channel; a notice that can't be sent itself is not told again.
    if delivery.kind != Kind.STAFF_PROBLEM:
        hour = timezone.localtime().strftime("%Y-%m-%dT%H")
        announce(
            Kind.STAFF_PROBLEM,
            cause=f"given_up:{delivery.channel}:{hour}",
            data={
                "problem": "delivery_given_up",
                "detail": delivery.channel,
                "page": "admin:alerts_delivery_changelist",
            },
        )
