"""Personal data of prospects is kept no longer than needed (law 09-08, article 3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from leads.models import BlockedContact, Lead, ProspectRequest
from leads.services.privacy import LINK_LASTS, delete_proofs
from leads.signals import contacts_aged_out
from leadsmarket.lib.actor import SYSTEM, acting_as

BATCH_SIZE = 1000
"""Leads in one transaction: few enough to hold no lock for long."""
DAYS_IN_A_MONTH = 30.4375
PROOF_LASTS = timedelta(days=365)
"""How long an answered request keeps the person's contact, to prove the answer."""


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """How many rows a run erased or deleted."""

    leads: int
    requests: int
    unconfirmed: int
    blocks: int


def end_retention(*, now: datetime | None = None, batch_size: int = BATCH_SIZE) -> RetentionResult:
    """Erase contacts of leads older than RETENTION_MONTHS (0: never), and what requests about data need no longer.

    Leads pending or being returned are left. Money, terms, states and consents stay; so do counts. Each batch is a transaction
    of its own; safe to run twice at once, and again.
    """
    moment = now or timezone.now()
    erased = _end_leads(moment, batch_size) if settings.RETENTION_MONTHS else 0
    with acting_as(SYSTEM):
        requests = (
            ProspectRequest.objects.filter(handled_at__lt=moment - PROOF_LASTS, contact_removed_at=None)
            .exclude(handled_at=None)
            .update(email="", phone="", text="", answer="—", contact_removed_at=moment)
        )
        unconfirmed, _rows = ProspectRequest.objects.filter(
            status=ProspectRequest.Status.UNCONFIRMED, created_at__lt=moment - LINK_LASTS
        ).delete()
        blocks, _rows = BlockedContact.objects.filter(until__lt=moment).delete()
    return RetentionResult(leads=erased, requests=requests, unconfirmed=unconfirmed, blocks=blocks)


def _end_leads(moment: datetime, batch_size: int) -> int:
    before = moment - timedelta(days=settings.RETENTION_MONTHS * DAYS_IN_A_MONTH)
    erased = 0
    while batch := _end_batch(before, batch_size):
        erased += batch
    # Messages of that age, also of leads erased on another night; writes nothing where nothing is left.
    with acting_as(SYSTEM):
        contacts_aged_out.send(Lead, before=before)
    return erased


def _end_batch(before: datetime, size: int) -> int:
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT proof FROM erase_old_leads(%s, %s)", [before, size])
        proofs = [proof for (proof,) in cursor.fetchall()]
        delete_proofs(proofs)
    return len(proofs)
