"""The leads of whoever asks, for lists that are the same for each side (API, exports)."""

from dataclasses import replace

from django.db.models import QuerySet

from leads.models import Lead
from leads.selectors.influencer import influencer_lead_rows
from leads.selectors.leads import LeadFilters, filter_leads, merchant_leads, search_leads
from leads.selectors.pending import pending_leads
from leadsmarket.lib.actor import Actor

ORDERS = ("-created_at", "created_at", "-estimated_value", "estimated_value")


def own_leads(actor: Actor, filters: LeadFilters) -> QuerySet[Lead]:
    """Return the leads that a merchant received, an influencer brought, or, for staff, all. Text search as merchant_leads."""
    if actor.merchant_id:
        if filters.status == Lead.Status.PENDING and not filters.text:
            # The partial indexes of pending leads.
            return pending_leads(actor.merchant_id, replace(filters, status=""))
        return merchant_leads(actor.merchant_id, filters)
    if actor.influencer_id:
        leads = influencer_lead_rows(actor.influencer_id, filters)
        return search_leads(leads, filters.text) if filters.text else leads
    leads = filter_leads(Lead.objects.all(), filters)
    return search_leads(leads, filters.text, latest="-id") if filters.text else leads


def indexed_order(actor: Actor, filters: LeadFilters, order: str) -> str | None:
    """Return the column of ORDERS' `order` for keyset pages of own_leads, or None where no index serves it.

    By value only a merchant's pending leads can be ordered. Ids have the order of creation, which is what serves staff.
    """
    sign, name = ("-", order[1:]) if order.startswith("-") else ("", order)
    if name == "created_at":
        return f"{sign}created_at" if actor.merchant_id or actor.influencer_id else f"{sign}id"
    if actor.merchant_id and filters.status == Lead.Status.PENDING:
        return f"{sign}estimated_value_centimes"
    return None
