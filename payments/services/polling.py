"""Asking providers how open payments stand, for those whose webhook never came."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.errors import GatewayUnavailable
from payments.gateways import GATEWAYS, gateway_for
from payments.gateways.base import Notice, Said
from payments.models import Payment
from payments.services.settlement import apply_notice

WEBHOOK_TIME = timedelta(minutes=2)
"""How long the webhook alone is waited for."""
LONGEST_PAUSE = timedelta(hours=1)
SILENT_AFTER_END = timedelta(hours=1)
"""How long after its end a payment that nobody can be asked about still waits for its webhook."""
NO_ANSWER = "no answer"
SILENCES = 3
"""So many calls of a run without an answer, and the provider is left alone until the next."""


def poll_payments(*, limit: int = 300) -> Counter[str]:
    """Ask about every open payment that is due, the oldest first; returns how often what was done.

    Safe to run twice at once: each payment is claimed by its row, and asked about again after growing pauses.
    """
    now = timezone.now()
    asked = [method for method, gateway in GATEWAYS.items() if gateway.can_be_asked and gateway.is_configured()]
    with acting_as(SYSTEM):
        due = list(
            Payment.objects.filter(
                Q(next_poll_at=None) | Q(next_poll_at__lte=now),
                status__in=Payment.OPEN_STATUSES,
                method__in=asked,
                created_at__lte=now - WEBHOOK_TIME,
            )
            .order_by("created_at")
            .values_list("pk", "method")[:limit]
        )
    outcomes: Counter[str] = Counter()
    silences: Counter[str] = Counter()
    for payment_id, method in due:
        if silences[method] >= SILENCES:
            continue
        outcome = poll_payment(payment_id)
        outcomes[outcome] += 1
        silences[method] += outcome == NO_ANSWER
    outcomes.update(_end_silent_payments(now))
    return outcomes


def poll_payment(payment_id: UUID) -> str:
    """Ask the provider about one open payment and book the answer; one worker at a time."""
    payment = _claim(payment_id)
    if payment is None:
        return "asked by another"
    try:
        notice = gateway_for(payment.method).query(payment)
    except GatewayUnavailable:
        return NO_ANSWER
    if notice is None:
        return "still open"
    with acting_as(SYSTEM):
        if notice.provider_id:
            Payment.objects.filter(pk=payment_id, provider_id="").update(provider_id=notice.provider_id)
        return apply_notice(method=payment.method, notice=notice)


def _claim(payment_id: UUID) -> Payment | None:
    """Take a due payment for this worker until its next time, which comes later each time: 2, 4, 8 … 60 minutes."""
    now = timezone.now()
    with acting_as(SYSTEM):
        payment = Payment.objects.select_related("card").filter(pk=payment_id).first()
        if payment is None:
            return None
        # Longer than any call with its retries, so that the claim ends with the pause.
        pause = min(WEBHOOK_TIME * 2 ** min(payment.poll_count, 10), LONGEST_PAUSE)
        claimed = (
            Payment.objects.filter(Q(next_poll_at=None) | Q(next_poll_at__lte=now), status__in=Payment.OPEN_STATUSES)
            .filter(pk=payment_id, poll_count=payment.poll_count)
            .update(next_poll_at=now + pause, poll_count=F("poll_count") + 1)
        )
    return payment if claimed else None


def _end_silent_payments(now: datetime) -> Counter[str]:
    """End payments past their end at providers that can't be asked; money that comes all the same is still credited."""
    silent = [method for method, gateway in GATEWAYS.items() if not gateway.can_be_asked]
    with acting_as(SYSTEM):
        over = list(
            Payment.objects.filter(
                status__in=Payment.OPEN_STATUSES, method__in=silent, expires_at__lt=now - SILENT_AFTER_END
            ).values_list("method", "reference")[:300]
        )
    outcomes: Counter[str] = Counter()
    for method, reference in over:
        with acting_as(SYSTEM):
            outcomes[apply_notice(method=method, notice=Notice(Said.EXPIRED, reference))] += 1
    return outcomes
