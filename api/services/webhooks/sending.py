"""Sending: claimed without locks, outside any transaction, tried again over a day, each attempt noted.

An endpoint that fails is asked by the every-minute job alone, one message at a time, until something arrives again: so a
receiver that hangs costs one worker some seconds a minute, whatever waits for it.
"""

import logging
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.audit import record_audit
from api.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from api.services.webhooks.endpoints import switch_off
from api.services.webhooks.signing import signed_headers
from api.signals import endpoint_switched_off, webhooks_queued
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.addresses import AddressRefused, NameUnknown
from leadsmarket.lib.outbound import NoAnswer, call_partner

logger = logging.getLogger(__name__)

PAUSES = tuple(
    timedelta(**pause)
    for pause in (
        {"seconds": 30},
        {"minutes": 5},
        {"minutes": 30},
        {"hours": 2},
        {"hours": 5},
        {"hours": 8},
        {"hours": 8},
    )
)
"""After the first, second … failure; a day in all. Each up to a fifth longer, so that many don't come back at once."""
OFF_AFTER = timedelta(days=3)
"""An endpoint to which nothing came through for so long is switched off."""
CLAIM = timedelta(minutes=2)
"""Longer than any attempt: after it, a message whose worker died is free for another."""
SWEEP_SECONDS = 30
DRAIN_SECONDS = 50
KEPT_OF_ANSWER = 500
USER_AGENT = "Leadsmarket-Webhooks/1.0"
GONE = 410

Status = WebhookMessage.Status
Error = WebhookAttempt.Error
ERRORS_OF_CALLS = {
    "connect": Error.NO_CONNECTION,
    "tls": Error.NOT_TRUSTED,
    "timeout": Error.TIMED_OUT,
    "broken": Error.BROKEN,
}


@dataclass(frozen=True, slots=True)
class _Outcome:
    error: str
    duration: int
    status_code: int | None = None
    answer: str = ""


def queue_endpoint(endpoint_id: UUID) -> None:
    """Have a worker send what waits for an endpoint; call after the commit."""
    webhooks_queued.send(WebhookEndpoint, endpoint_id=endpoint_id, message_id=None)


def queue_message(message_id: UUID) -> None:
    """Have a worker send one message, before others that wait; call after the commit."""
    webhooks_queued.send(WebhookEndpoint, endpoint_id=None, message_id=message_id)


def send_message(message_id: UUID) -> int:
    """Send one message that somebody asked for, also where its endpoint fails at present; returns how many attempts."""
    with acting_as(SYSTEM):
        message = _claim(_due(), message_id)
        endpoint = WebhookEndpoint.objects.filter(pk=message.endpoint_id, off_at=None).first() if message else None
    if message is None or endpoint is None:
        return 0
    _send(message, endpoint)
    return 1


def send_endpoint_messages(endpoint_id: UUID, *, is_probe: bool = False, seconds: float = DRAIN_SECONDS) -> int:
    """Send what is due to one endpoint, oldest first, until something fails; returns how many attempts were made.

    is_probe: also where the endpoint fails at present; then one message shows whether it is back. Safe to call from several
    workers at once: each message is sent by one.
    """
    end = time.monotonic() + seconds
    attempts = 0
    while time.monotonic() < end:
        with acting_as(SYSTEM):
            endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id, off_at=None).first()
            message = _claim_next(endpoint_id) if endpoint and (is_probe or not endpoint.failing_since) else None
        if endpoint is None or message is None:
            break
        attempts += 1
        if not _send(message, endpoint):
            break
    return attempts


def send_due_webhooks(*, seconds: float = SWEEP_SECONDS) -> int:
    """Send what the broker lost or what failed before, for less than a minute; returns how many attempts were made.

    Endpoints that work come first; of the others those that have waited longest.
    """
    end = time.monotonic() + seconds
    with acting_as(SYSTEM):
        waiting = list(
            WebhookEndpoint.objects.filter(Exists(_due().filter(endpoint=OuterRef("pk"))), off_at=None)
            .annotate(
                oldest=_due().filter(endpoint=OuterRef("pk")).order_by("next_attempt_at").values("next_attempt_at")[:1]
            )
            .order_by(F("failing_since").asc(nulls_first=True), "oldest")
            .values_list("pk", flat=True)
        )
    attempts = 0
    for endpoint_id in waiting:
        left = end - time.monotonic()
        if left <= 0:
            break
        attempts += send_endpoint_messages(endpoint_id, is_probe=True, seconds=left)
    return attempts


def _due() -> QuerySet[WebhookMessage]:
    now = timezone.now()
    return WebhookMessage.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lt=now), status__in=WebhookMessage.WAITING, next_attempt_at__lte=now
    )


def _claim_next(endpoint_id: UUID) -> WebhookMessage | None:
    """Take the oldest message that is due; where another worker was quicker, the next one."""
    due = _due().filter(endpoint_id=endpoint_id)
    while (message_id := due.order_by("next_attempt_at", "id").values_list("pk", flat=True).first()) is not None:
        if message := _claim(due, message_id):
            return message
    return None


def _claim(due: QuerySet[WebhookMessage], message_id: UUID) -> WebhookMessage | None:
    claimed = due.filter(pk=message_id).update(
        claimed_until=timezone.now() + CLAIM, attempt_count=F("attempt_count") + 1
    )
    return WebhookMessage.objects.get(pk=message_id) if claimed else None


def _send(message: WebhookMessage, endpoint: WebhookEndpoint) -> bool:
    """Make one attempt and note it; returns whether the message arrived."""
    outcome = _attempt(message, endpoint)
    _record(message, endpoint, outcome)
    return not outcome.error


def _attempt(message: WebhookMessage, endpoint: WebhookEndpoint) -> _Outcome:
    begin = time.monotonic()

    def outcome(error: str, status_code: int | None = None, answer: bytes = b"") -> _Outcome:
        text = answer.decode("utf-8", "replace").replace("\x00", "\ufffd")[:KEPT_OF_ANSWER]
        return _Outcome(error, int((time.monotonic() - begin) * 1000), status_code, text)

    try:
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **signed_headers(message, endpoint, now=timezone.now()),
        }
        answer = call_partner(
            endpoint.url,
            content=message.body.encode(),
            headers=headers,
            seconds=settings.WEBHOOK_TIMEOUT_SECONDS,
            keep=KEPT_OF_ANSWER,
            allow_private=settings.WEBHOOKS_ALLOW_PRIVATE,
        )
    except AddressRefused:
        return outcome(Error.REFUSED_ADDRESS)
    except NameUnknown:
        return outcome(Error.NO_ADDRESS)
    except NoAnswer as error:
        return outcome(ERRORS_OF_CALLS[error.kind])
    except Exception:
        # A secret that no key opens any more, a bug: the row must tell, and the other endpoints must go on.
        logger.exception("webhook message %s failed", message.pk)
        return outcome(Error.INTERNAL)
    return outcome("" if 200 <= answer.status < 300 else Error.STATUS, answer.status, answer.body)


def _record(message: WebhookMessage, endpoint: WebhookEndpoint, outcome: _Outcome) -> None:
    now = timezone.now()
    with acting_as(SYSTEM):
        WebhookAttempt.objects.create(
            message=message,
            number=message.attempt_count,
            created_at=now,
            status_code=outcome.status_code,
            duration=outcome.duration,
            error=outcome.error,
            answer=outcome.answer,
        )
        # Lock order: the endpoint, then its messages, as where somebody switches it off.
        if outcome.error:
            logger.warning(
                "webhook message %s (%s): %s %s", message.pk, message.event, outcome.error, outcome.status_code
            )
            locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
            _note_failure(message, outcome)
            _note_failing(locked, is_gone=outcome.status_code == GONE)
            return
        if endpoint.failing_since:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
        # Also where the claim ran out meanwhile: it arrived.
        WebhookMessage.objects.filter(pk=message.pk).update(
            status=Status.DELIVERED, delivered_at=now, claimed_until=None, last_status_code=outcome.status_code
        )


def _note_failure(message: WebhookMessage, outcome: _Outcome) -> None:
    failures = message.failures + 1
    values: dict[str, object] = {"status": Status.GIVEN_UP}
    if failures <= len(PAUSES):
        pause = PAUSES[failures - 1] * random.uniform(1, 1.2)  # noqa: S311 - not a secret
        values = {"status": Status.RETRYING, "next_attempt_at": timezone.now() + pause}
    # Only while the claim is ours: another worker may have sent it since, or its endpoint was switched off.
    WebhookMessage.objects.filter(
        pk=message.pk, claimed_until=message.claimed_until, status__in=WebhookMessage.WAITING
    ).update(failures=failures, claimed_until=None, last_status_code=outcome.status_code, **values)


def _note_failing(endpoint: WebhookEndpoint, *, is_gone: bool) -> None:
    """Remember since when a locked endpoint fails; switch it off after OFF_AFTER, or at once where it says that it is gone."""
    now = timezone.now()
    if not endpoint.is_on:
        return
    if endpoint.failing_since is None:
        endpoint.failing_since = now
        endpoint.save(update_fields=["failing_since"])
    if is_gone or now - endpoint.failing_since > OFF_AFTER:
        reason = WebhookEndpoint.OffReason.GONE if is_gone else WebhookEndpoint.OffReason.FAILING
        switch_off(endpoint, reason)
        record_audit("api.webhook.switched_off", endpoint, merchant_id=endpoint.merchant_id, data={"reason": reason})
        endpoint_switched_off.send(WebhookEndpoint, endpoint=endpoint)
