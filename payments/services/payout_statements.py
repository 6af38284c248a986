"""Statements of payouts: number and texts are fixed when the payout is paid, in its transaction; the PDF is made afterwards."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

from leads.models import EarningEntry
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.pdf import html_to_pdf
from leadsmarket.lib.queue import after_commit
from payments.models import Payout, PayoutStatement
from payments.services.documents import keep_pdf, render_due
from payments.signals import statement_issued

Kind = EarningEntry.Kind
NOT_IN_PAYABLE = (Kind.EARNED, Kind.PAYOUT_PAID)


def issue_statement(payout: Payout) -> PayoutStatement:
    """Give a payout that has just been paid its statement, in the caller's transaction.

    Covers the changes of what is payable since the payout before. The number is the next of its year (Casablanca time); its
    series stays locked until the transaction ends. The PDF is made after the commit.
    """
    series = f"RV-{timezone.localtime(payout.ended_at).year}"
    statement = PayoutStatement.objects.create(
        payout=payout,
        influencer_id=payout.influencer_id,
        number=f"{series}-{_next_serial(series):06d}",
        amount=payout.amount,
        language=payout.language,
        data=_frozen_data(payout),
    )
    after_commit(statement_issued.send, PayoutStatement, statement_id=statement.pk)
    return statement


def render_statement(statement_id: UUID) -> PayoutStatement:
    """Make a statement's PDF and keep it; one that has its file is left as it is, for ever."""
    with acting_as(SYSTEM):
        statement = PayoutStatement.objects.get(pk=statement_id)
    return keep_pdf(statement, path=f"payouts/{statement.number}.pdf", make=statement_pdf)


def render_due_statements(*, limit: int = 200) -> int:
    """Make the PDFs that no worker made yet; returns how many."""
    return render_due(PayoutStatement, render_statement, limit=limit)


def statement_pdf(statement: PayoutStatement) -> bytes:
    """Make the document from the texts and amounts frozen in the statement, in its language."""
    data = statement.data
    with translation.override(statement.language):
        context = {
            **data,
            "number": statement.number,
            "paid_at": parse_datetime(data["paid_at"]),
            "requested_at": parse_datetime(data["requested_at"]),
            "amount": Decimal(data["amount"]),
            "payout_change": -Decimal(data["amount"]),
            "opening": Decimal(data["opening"]),
            "closing": Decimal(data["closing"]),
            "entries": [
                {
                    **entry,
                    "at": parse_datetime(entry["at"]),
                    "label": Kind(entry["kind"]).label,
                    "change": Decimal(entry["change"]),
                }
                for entry in data["entries"]
            ],
        }
        return html_to_pdf(render_to_string("payments/payout_statement.html", context))


def _frozen_data(payout: Payout) -> dict[str, Any]:
    """Return every text and amount of the document as it is today; later changes of names or settings don't reach it."""
    entries = EarningEntry.objects.filter(influencer_id=payout.influencer_id).order_by("sequence")
    requested = entries.get(payout_id=payout.pk, kind=Kind.PAYOUT_REQUESTED)
    before = entries.filter(
        kind=Kind.PAYOUT_REQUESTED, sequence__lt=requested.sequence, payout_id__in=_paid_payouts(payout)
    ).last()
    covered = (
        entries.filter(sequence__gt=before.sequence if before else 0, sequence__lt=requested.sequence)
        .exclude(kind__in=NOT_IN_PAYABLE)
        .select_related("lead__campaign")
    )
    return statement_data(
        payout,
        opening=before.payable_after if before else Decimal("0.00"),
        closing=requested.payable_after,
        entries=covered,
    )


def statement_data(
    payout: Payout, *, opening: Decimal, closing: Decimal, entries: Iterable[EarningEntry]
) -> dict[str, Any]:
    """Return what a statement freezes. entries: the changes of what is payable between `opening` and `closing` (MAD)."""
    return {
        "paid_at": (payout.ended_at or timezone.now()).isoformat(),
        "requested_at": payout.created_at.isoformat(),
        "reference": payout.reference,
        "holder_name": payout.holder_name,
        "rib": payout.masked_rib,
        "influencer": payout.influencer.display_name,
        "platform": dict(settings.PLATFORM_LEGAL_DETAILS),
        "currency": "MAD",
        "amount": str(payout.amount),
        "opening": str(opening),
        "closing": str(closing),
        # Campaigns and no names of prospects: this document is kept for ten years.
        "entries": [
            {
                "at": entry.created_at.isoformat(),
                "kind": entry.kind,
                "campaign": entry.lead.campaign.name if entry.lead else "",
                "change": str(entry.payable_after - entry.payable_before),
            }
            for entry in entries
            if entry.payable_after != entry.payable_before
        ],
    }


def _paid_payouts(payout: Payout) -> Any:
    return Payout.objects.filter(influencer_id=payout.influencer_id, status=Payout.Status.PAID).values("pk")


def _next_serial(series: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_payoutseries AS s (name, last_serial) VALUES (%s, 1)"
            " ON CONFLICT (name) DO UPDATE SET last_serial = s.last_serial + 1 RETURNING last_serial",
            [series],
        )
        return cursor.fetchone()[0]
