"""What providers say of messages after they took them: on their way, arrived, or not; by webhook, in any order, repeatedly."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from alerts.models import Delivery
from alerts.services.sending import note_bad_address
from leadsmarket.lib.actor import SYSTEM, acting_as

Status = Delivery.Status


class Outcome(StrEnum):
    """What became of a message.

    SENT: the provider has it. FAILED: the provider could not hand it over. BOUNCED: it came back, perhaps after it was handed
    over (a mailbox that answers later, a complaint).
    """

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    BOUNCED = "bounced"


def note_status(
    outcome: Outcome,
    *,
    delivery_id: UUID | None = None,
    channel: str = "",
    provider_id: str = "",
    reason: str = "",
    bad_address: bool = False,
) -> bool:
    """Note what a provider says of one message; True where that is news, which repeats and stragglers are not.

    The message is found by its own id where the provider gives it back, also before we noted that it was sent, else by channel
    and provider's id. A message only goes forward: what arrived stays so, but for a BOUNCED. After a time-out, when nobody knew
    whether the provider had taken the message, this stops its repeat. bad_address: nothing more is sent to that address.
    Opens its own transaction.
    """
    with acting_as(SYSTEM):
        delivery = _find(delivery_id, channel, provider_id)
        if delivery is None or not _is_news(delivery, outcome, provider_id, bad_address=bad_address):
            return False
        _move(delivery, outcome, provider_id, reason, timezone.now())
        if bad_address:
            note_bad_address(delivery, reason)
        return True


def _find(delivery_id: UUID | None, channel: str, provider_id: str) -> Delivery | None:
    rows = Delivery.objects.select_for_update(no_key=True)
    if delivery_id is not None:
        return rows.filter(pk=delivery_id).first()
    if not provider_id:
        return None
    return rows.filter(channel=channel, provider_id=provider_id).order_by("-created_at").first()


def _is_news(delivery: Delivery, outcome: Outcome, provider_id: str, *, bad_address: bool) -> bool:
    """Say whether this changes what we know. provider_id: another than the noted one is a repeat after a crash."""
    other_sending = bool(provider_id and delivery.provider_id and provider_id != delivery.provider_id)
    match delivery.status:
        case Status.NOT_SENT:
            return False
        case Status.QUEUED | Status.RETRYING | Status.GIVEN_UP:
            return _was_tried(delivery, provider_id) and (_is_good(outcome) or bad_address or _is_claimed(delivery))
        case Status.SENT:
            if other_sending:
                return outcome == Outcome.DELIVERED
            return outcome != Outcome.SENT
        case Status.BOUNCED:
            return outcome == Outcome.DELIVERED and other_sending
        case _:
            return outcome == Outcome.BOUNCED and not other_sending


def _was_tried(delivery: Delivery, provider_id: str) -> bool:
    """Say whether a callback can be of the sending that runs or failed, not of one before staff sent it again."""
    if provider_id and provider_id == delivery.provider_id:
        return False
    return delivery.status != Status.QUEUED or _is_claimed(delivery)


def _is_claimed(delivery: Delivery) -> bool:
    return delivery.claimed_until is not None


def _is_good(outcome: Outcome) -> bool:
    return outcome in (Outcome.SENT, Outcome.DELIVERED)


def _move(delivery: Delivery, outcome: Outcome, provider_id: str, reason: str, now: datetime) -> None:
    delivery.status = {Outcome.SENT: Status.SENT, Outcome.DELIVERED: Status.DELIVERED}.get(outcome, Status.BOUNCED)
    delivery.sent_at = delivery.sent_at or now
    delivery.delivered_at = now if outcome == Outcome.DELIVERED else None
    delivery.error = "" if _is_good(outcome) else reason[:2000]
    delivery.provider_id = provider_id[:255] or delivery.provider_id
    delivery.claimed_until = None
    delivery.save(update_fields=["status", "sent_at", "delivered_at", "error", "provider_id", "claimed_until"])
