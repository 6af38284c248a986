"""Pending leads that nobody decided in time are rejected and their reservations released."""

from datetime import datetime

from django.utils import timezone

from leads.models import Lead, RejectionReason
from leads.services.decisions import release
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import raising_refusals

BATCH_SIZE = 100
"""Leads in one transaction: few enough to keep each deposit's lock short."""


def expire_leads(*, now: datetime | None = None) -> int:
    """Reject every pending lead whose `expires_at` has passed, with reason `expired`; returns how many.

    Works in batches of BATCH_SIZE, each its own transaction, skipping leads that somebody decides at this moment. Safe to
    run twice at once, and again. Rule: product.md, "Lead / Expire".
    """
    moment = now or timezone.now()
    expired = 0
    while batch := _expire_batch(moment):
        expired += batch
    return expired


def _expire_batch(moment: datetime) -> int:
    with acting_as(SYSTEM), raising_refusals():
        leads = list(
            Lead.objects.filter(status=Lead.Status.PENDING, expires_at__lte=moment)
            .order_by("expires_at")
            .select_for_update(skip_locked=True, no_key=True)[:BATCH_SIZE]
        )
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(
            status=Lead.Status.REJECTED, rejection_reason=RejectionReason.EXPIRED, decided_at=timezone.now()
        )
        # Deposits are locked in one order, so that two runs can't wait for each other in a circle.
        for lead in sorted(leads, key=lambda lead: (lead.deposit_id, lead.pk)):
            lead.status = Lead.Status.REJECTED
            lead.rejection_reason = RejectionReason.EXPIRED
            release(lead)
    return len(leads)
