"""Leads that wait for the merchant's decision. Amounts in MAD."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.expressions import RawSQL

from leads.models import Lead
from leads.selectors.leads import NO_FILTERS, LeadFilters, filter_leads
from leadsmarket.lib.money import ZERO

COUNTED_LEADS = 1_000
"""Totals stop here: a page says "1,000+" instead of counting on."""

MENU_COUNT = 100
"""The badge of the menu says 99+ from here on."""

# Written out, not bound: a prepared statement's general plan can't know that the partial indexes fit a bound value.
_PENDING = RawSQL("'pending'", ())


@dataclass(frozen=True, slots=True)
class PendingSummary:
    """The foot of the table. commission_amount: what validating all of them deducts. is_capped: there are more than
    COUNTED_LEADS, and count and sums are those of the newest COUNTED_LEADS.
    """

    count: int
    is_capped: bool
    estimated_value: Decimal
    commission_amount: Decimal


def pending_leads(merchant_id: UUID, filters: LeadFilters = NO_FILTERS) -> QuerySet[Lead]:
    """Return a merchant's leads that wait for a decision, with campaign and influencer."""
    leads = filter_leads(Lead.objects.filter(merchant_id=merchant_id, status=_PENDING), filters)
    return leads.select_related("campaign", "influencer")


def pending_summary(merchant_id: UUID, filters: LeadFilters = NO_FILTERS) -> PendingSummary:
    """Return how many leads wait, their estimated value and the commission to validate. One query, at most
    COUNTED_LEADS + 1 rows.
    """
    newest = pending_leads(merchant_id, filters).select_related(None).order_by("-created_at", "-id")
    counted = newest.values("estimated_value", "commission_amount")[:COUNTED_LEADS]
    sums = counted.aggregate(count=Count("*"), estimated=Sum("estimated_value"), commission=Sum("commission_amount"))
    is_capped = sums["count"] == COUNTED_LEADS and newest[COUNTED_LEADS : COUNTED_LEADS + 1].exists()
    return PendingSummary(sums["count"], is_capped, sums["estimated"] or ZERO, sums["commission"] or ZERO)


def menu_pending_count(merchant_id: UUID) -> int:
    """Return how many leads of a merchant wait, at most MENU_COUNT: asked for every 30 s. One query."""
    return Lead.objects.filter(merchant_id=merchant_id, status=_PENDING)[:MENU_COUNT].count()
