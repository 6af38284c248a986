"""The influencer's share becomes payable: by itself after the return window, or when staff approves it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.audit import record_audit
from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import raising_refusals

RETURN_WINDOW = timedelta(days=7)
"""How long after validation the merchant can ask to return a lead (product.md, "Lead / Return")."""
BATCH_SIZE = 1000
"""Earnings in one transaction: few enough to keep each influencer's lock short."""


def make_earnings_payable(*, now: datetime | None = None, batch_size: int = BATCH_SIZE) -> int:
    """Make every earning payable whose return window is over; returns how many. Safe to run twice at once, and again.

    Works in batches, each its own transaction. Earnings without `payable_from` wait for staff.
    """
    moment = now or timezone.now()
    made_payable = 0
    while batch := _make_batch_payable(moment, batch_size):
        made_payable += batch
    return made_payable


def make_earning_payable(*, lead_id: UUID) -> None:
    """Approve one lead's earning (staff), whatever its return window. Raises EarningNotPossible (none, or done already)."""
    with transaction.atomic(), raising_refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT make_earning_payable(%s)", [lead_id])
        lead = Lead.objects.get(pk=lead_id)
        record_audit("leads.earning.approved", lead, merchant_id=lead.merchant_id)


def _make_batch_payable(moment: datetime, size: int) -> int:
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT make_due_earnings_payable(%s, %s)", [moment, size])
        return cursor.fetchone()[0]
