"""Callbacks of a card acquirer: checked, credited and committed before we answer, because the answer debits the card.

What was answered with FAILURE is never credited later by a job: the acquirer took no money. Staff captures or voids it by
hand; after a capture, replaying the event from the admin credits it.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from deposits.models import PaymentMethod
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.errors import InvalidSignature
from payments.gateways import gateway_for
from payments.gateways.base import Notice, Said
from payments.models import CardOrder, Payment, ReviewItem, WebhookEvent
from payments.services.events import receive_webhook
from payments.services.reviews import open_review
from payments.services.settlement import apply_notice

logger = logging.getLogger(__name__)

CAPTURE = "ACTION=POSTAUTH"
NOTED = "APPROVED"
FAILURE = "FAILURE"

LONGEST_REQUEST = timedelta(minutes=5)
CALLBACK_TIME = timedelta(hours=2)
"""After it, an order without a callback is staff's: the page closes after 30 minutes."""


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the acquirer is told, as plain text: CAPTURE debits the card, the others don't."""

    text: str
    status: int = 200


def answer_card_callback(*, body: bytes, headers: dict[str, str]) -> CallbackAnswer:
    """Check, store and book one callback, then say whether the card may be debited. Never raises.

    Must not run inside a transaction: what it returns holds only once the credit is committed. Repeats get the same answer.
    Rule: docs/card-acquirer.md.
    """
    try:
        event = receive_webhook(provider=PaymentMethod.CMI, body=body, headers=headers, queue=_processed_here)
    except InvalidSignature:
        logger.warning("card callback refused: bad signature, %s bytes", len(body))
        return CallbackAnswer(FAILURE, 400)
    except Exception as error:
        # Whatever went wrong, the acquirer must be told not to take the money. Logged without the error's text, which may
        # quote the body.
        logger.error("card callback could not be stored: %s", type(error).__name__)
        return CallbackAnswer(FAILURE, 500)
    try:
        return _book(event)
    except Exception as error:
        logger.error("card callback %s could not be booked: %s", event.pk, type(error).__name__)
        return _after_failure(event, error)


def give_up_unanswered_callbacks() -> int:
    """Hand callbacks to staff that were stored but not booked because the process died; returns how many."""
    with acting_as(SYSTEM):
        left = list(
            WebhookEvent.objects.filter(
                provider=PaymentMethod.CMI,
                status__in=[WebhookEvent.Status.RECEIVED, WebhookEvent.Status.FAILED],
                created_at__lt=timezone.now() - LONGEST_REQUEST,
                next_attempt_at__lt=timezone.now() - LONGEST_REQUEST,
            )[:100]
        )
        for event in left:
            _give_up(event, "stored, but not booked before the answer")
    return len(left)


def report_missing_callbacks(*, limit: int = 200) -> int:
    """Tell staff of orders that went to the acquirer's page and never came back; returns how many payments.

    A callback that was blocked on its way leaves a card authorised and never debited.
    """
    now = timezone.now()
    with acting_as(SYSTEM):
        orders = list(
            CardOrder.objects.select_related("payment")
            .filter(heard_at=None, missed_at=None, created_at__lte=now - CALLBACK_TIME)
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .order_by("created_at")[:limit]
        )
        unsettled = [order for order in orders if order.payment.status != Payment.Status.SETTLED]
        for order in unsettled:
            open_review(
                ReviewItem.Kind.NEVER_CAME_BACK,
                f"Order {order.oid} of {order.payment.amount} MAD: no callback since {order.created_at:%Y-%m-%d %H:%M} UTC."
                " Look it up in the Merchant Center: most often the payer gave up.",
                payment=order.payment,
            )
        CardOrder.objects.filter(pk__in=[order.pk for order in orders]).update(missed_at=now)
    return len({order.payment_id for order in unsettled})


def _processed_here(event_id: UUID) -> None:
    """Not queued: the answer can't wait."""


def _book(event: WebhookEvent) -> CallbackAnswer:
    [notice] = gateway_for(PaymentMethod.CMI).notices(event)
    with acting_as(SYSTEM):
        locked = WebhookEvent.objects.select_for_update(no_key=True).get(pk=event.pk)
        outcome = apply_notice(method=PaymentMethod.CMI, notice=notice, event=locked)
        now = timezone.now()
        if locked.status != WebhookEvent.Status.PROCESSED:
            locked.status = WebhookEvent.Status.PROCESSED
            locked.processed_at = now
            locked.outcome = outcome[:200]
            locked.error = ""
        locked.attempts = F("attempts") + 1
        locked.save(update_fields=["status", "processed_at", "outcome", "error", "attempts"])
        CardOrder.objects.filter(oid=notice.provider_id, heard_at=None).update(heard_at=now)
        return _answer(notice, _payment_of(notice))


def _payment_of(notice: Notice) -> Payment | None:
    return Payment.objects.filter(reference=notice.reference).first() if notice.reference else None


def _answer(notice: Notice, payment: Payment | None) -> CallbackAnswer:
    if payment is None:
        return CallbackAnswer(FAILURE)
    if notice.said == Said.FAILED:
        return CallbackAnswer(NOTED)
    if notice.said != Said.PAID or payment.status != Payment.Status.SETTLED:
        return CallbackAnswer(FAILURE)
    if payment.ledger_key != notice.ledger_key:
        # Authorised a second time by another visit to the page: known, and not to be debited.
        return CallbackAnswer(NOTED)
    if notice.amount != payment.amount or notice.currency != "MAD":
        return CallbackAnswer(FAILURE)
    return CallbackAnswer(CAPTURE)


def _after_failure(event: WebhookEvent, error: Exception) -> CallbackAnswer:
    """Answer by what the books say (the commit may have been done when its answer was lost), else hand over to staff."""
    try:
        [notice] = gateway_for(PaymentMethod.CMI).notices(event)
        with acting_as(SYSTEM):
            answer = _answer(notice, _payment_of(notice))
            if answer.text == FAILURE:
                _give_up(event, f"could not be booked: {type(error).__name__}", payment=_payment_of(notice))
                answer = CallbackAnswer(FAILURE, 500)
    except Exception as second:
        logger.error("card callback %s: nothing could be written: %s", event.pk, type(second).__name__)
        return CallbackAnswer(FAILURE, 500)
    return answer


def _give_up(event: WebhookEvent, reason: str, payment: Payment | None = None) -> None:
    WebhookEvent.objects.filter(pk=event.pk).exclude(status=WebhookEvent.Status.PROCESSED).update(
        status=WebhookEvent.Status.GIVEN_UP, error=reason
    )
    open_review(
        ReviewItem.Kind.NOT_CREDITED,
        f"Card callback {event.event_type}: {reason}. The acquirer was told FAILURE or nothing: capture by hand in its"
        " Merchant Center and replay the event, or void it there.",
        payment=payment,
        event=event,
    )
