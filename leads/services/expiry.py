"""Pending leads that nobody decided in time are rejected and their reservations released."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from deposits.services import Release, release_commissions
from leads.models import Lead, LeadValidation, RejectionReason
from leads.signals import lead_decided
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import raising_refusals

BATCH_SIZE = 1000
"""Leads in one transaction: few enough to keep each deposit's lock short."""


def expire_leads(*, now: datetime | None = None, batch_size: int = BATCH_SIZE) -> int:
    """Reject every pending lead whose `expires_at` has passed, with reason `expired`; returns how many.

    Works in batches, each its own transaction, skipping leads that somebody decides at this moment. Safe to run twice at
    once, and again. Rule: product.md, "Lead / Expire".
    """
    moment = now or timezone.now()
    expired = 0
    while batch := _expire_batch(moment, batch_size):
        expired += batch
    return expired


def _expire_batch(moment: datetime, size: int) -> int:
    with acting_as(SYSTEM), raising_refusals():
        due = Lead.objects.filter(status=Lead.Status.PENDING, expires_at__lte=moment).order_by("expires_at")
        claimed = list(due.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:size])
        if not claimed:
            return 0
        Lead.objects.filter(pk__in=claimed).update(
            status=Lead.Status.REJECTED, rejection_reason=RejectionReason.EXPIRED, decided_at=timezone.now()
        )
        _release(claimed)
    return len(claimed)


def _release(lead_ids: list[UUID]) -> None:
    leads = list(Lead.objects.filter(pk__in=lead_ids))
    LeadValidation.objects.bulk_create(
        LeadValidation(
            lead=lead,
            decision=LeadValidation.Decision.REJECTED,
            rejection_reason=RejectionReason.EXPIRED,
            commission_amount=lead.commission_amount,
        )
        for lead in leads
    )
    release_commissions(releases=[Release(lead.pk, lead.deposit_id, lead.commission_amount) for lead in leads])
    for lead in leads:
        lead_decided.send(Lead, lead=lead, decision=LeadValidation.Decision.REJECTED)
