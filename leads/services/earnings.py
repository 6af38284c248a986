"""The influencer's share becomes payable: by itself after the return window, or when staff approves it."""

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.audit import record_audit
from leads.models import EarningEntry, Lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import raising_refusals

RETURN_WINDOW = timedelta(days=7)
"""How long after validation the merchant can ask to return a lead (product.md, "Lead / Return")."""


def make_earnings_payable(*, limit: int = 1000) -> int:
    """Make every earning payable whose return window is over; returns how many. Safe to run twice at once, and again.

    Works in one transaction for at most `limit` earnings; earnings without `payable_from` wait for staff.
    """
    paid_over = EarningEntry.objects.filter(lead_id=OuterRef("lead_id"), kind=EarningEntry.Kind.PAYABLE)
    with acting_as(SYSTEM):
        due = (
            EarningEntry.objects.filter(kind=EarningEntry.Kind.EARNED, payable_from__lte=timezone.now())
            .filter(~Exists(paid_over))
            .order_by("influencer_id", "sequence")
            .values_list("lead_id", flat=True)[:limit]
        )
        # The leads' locks keep a second run off the same earnings until this one has committed.
        claimed = list(
            Lead.objects.filter(pk__in=list(due))
            .order_by("influencer_id", "id")
            .select_for_update(skip_locked=True, no_key=True)
            .values_list("pk", flat=True)
        )
        still_due = Lead.objects.filter(pk__in=claimed).exclude(earnings__kind=EarningEntry.Kind.PAYABLE)
        lead_ids = list(still_due.order_by("influencer_id", "id").values_list("pk", flat=True))
        for lead_id in lead_ids:
            _make_payable(lead_id)
    return len(lead_ids)


def make_earning_payable(*, lead_id: UUID) -> None:
    """Approve one lead's earning (staff), whatever its return window. Raises EarningNotPossible (none, or done already)."""
    with transaction.atomic(), raising_refusals():
        _make_payable(lead_id)
        lead = Lead.objects.get(pk=lead_id)
        record_audit("leads.earning.approved", lead, merchant_id=lead.merchant_id)


def _make_payable(lead_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT make_earning_payable(%s)", [lead_id])
