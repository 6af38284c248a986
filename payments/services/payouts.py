"""Payouts to influencers: asked for, approved in batches, given to the bank as CSV, paid or failed. product.md, "Payments"."""

import csv
import secrets
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.services import check_amount
from leadsmarket.lib.actor import current_actor
from leadsmarket.lib.errors import InvalidInput, NotAllowed, raising_refusals
from leadsmarket.lib.spreadsheet import safe_cell
from payments.errors import PayoutNotFound
from payments.models import Payout, PayoutBatch
from payments.models.payments import REFERENCE_ALPHABET
from payments.rib import NotARib, has_right_key, normalise_rib
from payments.services.payout_statements import issue_statement
from payments.signals import payout_approved, payout_failed, payout_paid, payout_requested

MINIMUM_PAYOUT = Decimal("200.00")
LONGEST_HOLDER_NAME = 80
LONGEST_REASON = 200
CSV_COLUMNS = ("holder", "rib", "amount", "reference")


def request_payout(*, influencer_id: UUID, amount: Decimal, holder_name: str, rib: str, key_note: str = "") -> Payout:
    """Ask to be paid `amount` (MAD, from 200.00 to what is payable) to a Moroccan bank account: payable -> in payout.

    rib: as typed; 24 digits with the right key. key_note: staff only, asking for an influencer whose bank confirmed a RIB with
    another key: why, kept in the audit trail. Raises InvalidInput, AmountTooSmall, PayoutTooLarge, PayoutOpen (one at a time),
    NotAllowed, DepositNotActorsOwn (another's). Rule: product.md, "Payments / Payouts".
    """
    check_amount("amount", amount, MINIMUM_PAYOUT)
    holder = " ".join(holder_name.split())
    if not holder:
        raise InvalidInput(fields={"holder_name": _("This field is required.")})
    if len(holder) > LONGEST_HOLDER_NAME:
        raise InvalidInput(fields={"holder_name": _("At most %(limit)s characters.") % {"limit": LONGEST_HOLDER_NAME}})
    key_note = key_note.strip()
    if key_note and current_actor().role not in ("staff", "system"):
        raise NotAllowed
    digits = _checked_rib(rib, has_other_key=bool(key_note))
    has_other_key = not has_right_key(digits)
    with transaction.atomic(), raising_refusals():
        payout_id = _scalar(
            "SELECT request_payout(%s, %s, %s, %s, %s, %s, %s)",
            [influencer_id, amount, _new_reference(), holder, digits, has_other_key, (get_language() or "fr")[:2]],
        )
        payout = Payout.objects.select_related("influencer").get(pk=payout_id)
        data = {"amount": str(amount), "rib": payout.masked_rib}
        if has_other_key:
            data["key_note"] = key_note
        record_audit("payments.payout.requested", payout, data=data)
        payout_requested.send(Payout, payout=payout)
    return payout


def approve_payouts(*, payout_ids: Sequence[UUID]) -> PayoutBatch:
    """Approve those of the payouts that are asked for, as one batch with the next number of the year; staff only.

    Raises PayoutStepNotPossible (none is waiting), DepositNotActorsOwn.
    """
    year = timezone.localtime().year
    with transaction.atomic(), raising_refusals():
        batch_id = _scalar("SELECT approve_payouts(%s::uuid[], %s)", [list(payout_ids), f"V-{year}"])
        batch = PayoutBatch.objects.get(pk=batch_id)
        payouts = list(batch.payouts.select_related("influencer").order_by("id"))
        total = sum((payout.amount for payout in payouts), Decimal(0))
        data = {"number": batch.number, "payouts": len(payouts), "total": str(total)}
        record_audit("payments.payout_batch.approved", batch, data=data)
        for payout in payouts:
            payout_approved.send(Payout, payout=payout)
    return batch


def export_batch_csv(*, batch_id: UUID) -> Iterator[str]:
    """Return the lines of a batch's file for the bank, and record who took it; staff only.

    UTF-8, comma, amounts as `1234.50`, whole RIBs. Payouts that failed are left out. Raises PayoutNotFound.
    """
    batch = PayoutBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise PayoutNotFound
    # Read whole, because the lines are sent when the request's transaction, and with it the right to read, is over.
    rows = list(
        batch.payouts.exclude(status=Payout.Status.FAILED)
        .order_by("id")
        .values_list("holder_name", "rib", "amount", "reference")
    )
    total = sum((row[2] for row in rows), Decimal(0))
    record_audit(
        "payments.payout_batch.exported",
        batch,
        data={"number": batch.number, "payouts": len(rows), "total": str(total)},
    )
    return _csv_lines(rows)


def mark_payout_paid(*, payout_id: UUID) -> Payout:
    """Record that the bank paid an approved payout (in payout -> paid) and issue its statement; staff only.

    Repeating is harmless. Raises PayoutNotFound, PayoutStepNotPossible (not approved, or failed), DepositNotActorsOwn.
    """
    with transaction.atomic(), raising_refusals():
        is_first, payout = _end(payout_id, Payout.Status.PAID, "")
        if is_first:
            statement = issue_statement(payout)
            record_audit(
                "payments.payout.paid", payout, data={"amount": str(payout.amount), "statement": statement.number}
            )
            payout_paid.send(Payout, payout=payout, statement=statement)
    return payout


def mark_payout_failed(*, payout_id: UUID, reason: str) -> Payout:
    """Record that a payout will not be paid; its money is payable again. Staff only; the influencer reads the reason.

    Repeating is harmless. Raises InvalidInput, PayoutNotFound, PayoutStepNotPossible (paid), DepositNotActorsOwn.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput(fields={"reason": _("This field is required.")})
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(fields={"reason": _("At most %(limit)s characters.") % {"limit": LONGEST_REASON}})
    with transaction.atomic(), raising_refusals():
        is_first, payout = _end(payout_id, Payout.Status.FAILED, reason)
        if is_first:
            record_audit("payments.payout.failed", payout, data={"amount": str(payout.amount), "reason": reason})
            payout_failed.send(Payout, payout=payout)
    return payout


def _checked_rib(text: str, *, has_other_key: bool) -> str:
    try:
        rib = normalise_rib(text)
    except NotARib:
        raise InvalidInput(fields={"rib": _("A RIB has 24 digits.")}) from None
    if not has_other_key and not has_right_key(rib):
        raise InvalidInput(
            fields={"rib": _("The key (the last two digits) doesn't fit: please check every digit of the RIB.")}
        )
    return rib


def _end(payout_id: UUID, status: str, reason: str) -> tuple[bool, Payout]:
    is_first = _scalar("SELECT end_payout(%s, %s, %s)", [payout_id, status, reason])
    return is_first, Payout.objects.select_related("influencer").get(pk=payout_id)


def _csv_lines(rows: Sequence[tuple[str, str, Decimal, str]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    for row in (CSV_COLUMNS, *((safe_cell(holder), rib, f"{amount:.2f}", ref) for holder, rib, amount, ref in rows)):
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _new_reference() -> str:
    """Return a reference that the bank and the influencer can read: `VRS` and eight characters."""
    return "VRS" + "".join(secrets.choice(REFERENCE_ALPHABET) for _position in range(8))


def _scalar(sql: str, arguments: list) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchone()[0]
