"""Requests that a client may repeat: the first answer is kept a day and given again.

Two ways, by what the operation does (docs/api.md):
- An operation of one transaction keeps its answer in that same transaction: both are there or neither. A second request at
  the same time waits for the first one's row, at most WAIT_SECONDS.
- An operation that calls a provider (`own_transactions`) first commits a claim, then works, then stores its answer. A claim
  whose worker died ends after CLAIM_SECONDS.
An answer of 500 or more is never kept: the next request tries again.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.content import to_json
from api.errors import IdempotencyConflict, expected_answer
from api.models import IdempotentRequest
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import InvalidInput, NotFound
from leadsmarket.lib.identifiers import new_id

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
LONGEST_KEY = 255
KEPT = timedelta(hours=24)
WAIT_SECONDS = 5
CLAIM_SECONDS = 60

STILL_RUNNING = _("The first request with this Idempotency-Key is still running. Please repeat it in a moment.")

Handler = Callable[[], Response]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A request with its key: row_id is new, and in the table only where nobody used the key before."""

    request: Request
    key: str
    body_hash: str
    row_id: UUID

    @classmethod
    def of(cls, request: Request, key: str) -> "_Claim":
        return cls(request, key, _hash(request), new_id())


def idempotency_key(request: Request) -> str:
    """Return the request's key, or nothing where it has none. Raises InvalidInput for one that can't be a key."""
    key = request.headers.get(HEADER)
    if key is None:
        return ""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidInput(_("The Idempotency-Key must have 1 to 255 printable characters."))
    return key


def answer_once(request: Request, key: str, run: Handler) -> HttpResponse:
    """Run an operation of one transaction, or return the first answer to the same request.

    Raises IdempotencyConflict, and whatever `run` raises that is not a refusal.
    """
    claim = _Claim.of(request, key)
    with acting_as(request.auth.actor):
        if not _insert(claim, claimed_until=None):
            return _earlier_answer(claim) or _conflict()
        response = _answer(run)
        if response.status_code < 500:
            _store(claim, response)
        else:
            transaction.set_rollback(True)
        return response


def answer_once_outside(request: Request, key: str, run: Handler) -> HttpResponse:
    """The same for an operation that opens its own transactions."""
    claim = _Claim.of(request, key)
    give_up_at = time.monotonic() + WAIT_SECONDS
    while True:
        with acting_as(request.auth.actor):
            if _insert(claim, claimed_until=timezone.now() + timedelta(seconds=CLAIM_SECONDS)):
                break
            if response := _earlier_answer(claim):
                return response
        if time.monotonic() > give_up_at:
            _conflict()
        time.sleep(0.1)
    try:
        response = _answer(run)
    except BaseException:
        _forget(claim)
        raise
    if response.status_code < 500:
        with acting_as(request.auth.actor):
            _store(claim, response)
    else:
        _forget(claim)
    return response


def forget_old_requests() -> int:
    """Delete what is older than a day; call as the platform. Returns how many."""
    deleted, _by_model = IdempotentRequest.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def erase_answers_about(lead_ids: Iterable[UUID]) -> int:
    """Empty the kept answers that show these leads, whose person is erased: a repeated request finds nothing any more.

    Call as the platform. Returns how many. Only a day's answers are looked through.
    """
    shown = Q()
    for lead_id in lead_ids:
        shown |= Q(answer__contains=str(lead_id))
    if not shown:
        return 0
    gone = {"success": False, "error": {"code": NotFound.code, "message": str(NotFound.message), "fields": {}}}
    return IdempotentRequest.objects.filter(shown).update(status=NotFound.status, answer=to_json(gone))


def _hash(request: Request) -> str:
    raw = request._request
    start = f"{raw.method}\n{raw.get_full_path()}\n".encode()
    return hashlib.sha256(start + raw.body).hexdigest()


def _insert(claim: _Claim, *, claimed_until: datetime | None) -> bool:
    """Put the request's row in, in place of one that is over; False where the key is taken.

    Waits for a transaction that has just put the same key in, at most WAIT_SECONDS.
    """
    now = timezone.now()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {int(WAIT_SECONDS * 1000)}")
            cursor.execute(
                "INSERT INTO api_idempotentrequest AS r (id, principal_id, user_id, key, body_hash, answer,"
                " claimed_until, created_at, expires_at) VALUES (%s, %s, %s, %s, %s, '', %s, %s, %s)"
                " ON CONFLICT (principal_id, key) DO UPDATE SET id = excluded.id, body_hash = excluded.body_hash,"
                " status = NULL, answer = '', claimed_until = excluded.claimed_until,"
                " created_at = excluded.created_at, expires_at = excluded.expires_at"
                " WHERE r.expires_at < excluded.created_at"
                " OR (r.status IS NULL AND r.claimed_until < excluded.created_at AND r.body_hash = excluded.body_hash)",
                [
                    claim.row_id,
                    claim.request.auth.principal_id,
                    claim.request.auth.actor.user_id,
                    claim.key,
                    claim.body_hash,
                    claimed_until,
                    now,
                    now + KEPT,
                ],
            )
            is_first = cursor.rowcount == 1
            cursor.execute("SET LOCAL lock_timeout = 0")
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise IdempotencyConflict(STILL_RUNNING) from error
        raise
    return is_first


def _earlier_answer(claim: _Claim) -> HttpResponse | None:
    """Return the first answer, None while there is none. Raises IdempotencyConflict for another request."""
    row = IdempotentRequest.objects.filter(principal_id=claim.request.auth.principal_id, key=claim.key).first()
    if row is None:
        return None
    if row.body_hash != claim.body_hash:
        raise IdempotencyConflict
    if row.status is None:
        return None
    return HttpResponse(
        row.answer, status=row.status, content_type="application/json", headers={REPLAYED_HEADER: "true"}
    )


def _conflict() -> HttpResponse:
    raise IdempotencyConflict(STILL_RUNNING)


def _answer(run: Handler) -> Response:
    """Return the operation's answer; a refusal is one too, and its work is undone."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return run()
    except Exception as error:
        refused = expected_answer(error)
        if refused is None:
            raise
        return refused.response()


def _store(claim: _Claim, response: Response) -> None:
    answer = "" if response.data is None else to_json(response.data)
    IdempotentRequest.objects.filter(pk=claim.row_id).update(status=response.status_code, answer=answer)


def _forget(claim: _Claim) -> None:
    with acting_as(claim.request.auth.actor):
        IdempotentRequest.objects.filter(pk=claim.row_id, status=None).delete()
