"""Pending leads that nobody decided in time are rejected and their reservations released."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from deposits.services import Release, release_commissions
from leads.models import Lead
from leads.signals import leads_expired
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
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT lead_id, deposit_id, commission_amount FROM expire_due_leads(%s, %s)", [moment, size]
            )
            releases = [Release(*row) for row in cursor.fetchall()]
        if releases:
            release_commissions(releases=releases)
            leads_expired.send(Lead, lead_ids=[release.lead_id for release in releases])
    return len(releases)
