"""The leads, campaigns and agreements of whoever asks, for lists that are the same for each side (API, exports)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.models import Campaign, InfluencerAgreement, Lead
from leads.selectors.campaigns import accepts_leads
from leads.selectors.influencer import influencer_lead_rows
from leads.selectors.leads import LeadFilters, filter_leads, merchant_leads, search_leads
from leads.selectors.pending import pending_leads
from leadsmarket.lib.actor import Actor

Agreement = InfluencerAgreement

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


def own_campaigns(actor: Actor, *, status: str = "", campaign_id: UUID | None = None) -> QuerySet[Any]:
    """Return a merchant's campaigns, those that an influencer can join or has joined, or, for staff, all; with `takes_leads`.

    Order them by `own_order(actor)`.
    """
    campaigns = Campaign.objects.select_related("settings", "merchant").annotate(takes_leads=accepts_leads())
    if actor.merchant_id:
        campaigns = campaigns.filter(merchant_id=actor.merchant_id)
    elif actor.influencer_id:
        joined = Agreement.objects.filter(
            Q(campaign_id=OuterRef("pk")) | Q(campaign_id=None),
            influencer_id=actor.influencer_id,
            merchant_id=OuterRef("merchant_id"),
        ).exclude(status=Agreement.Status.TERMINATED)
        campaigns = campaigns.filter(Q(status=Campaign.Status.ACTIVE, merchant__is_active=True) | Exists(joined))
    if status:
        campaigns = campaigns.filter(status=status)
    return campaigns.filter(pk=campaign_id) if campaign_id else campaigns


def agreements_on(influencer_id: UUID, campaigns: list[Campaign]) -> dict[UUID, Agreement]:
    """Return an influencer's agreement or request for each of these campaigns, by campaign. One query.

    Of several that apply, as for new leads: one in force before a request, the campaign's own before that for all campaigns.
    """
    found = Agreement.objects.filter(
        influencer_id=influencer_id, merchant_id__in={campaign.merchant_id for campaign in campaigns}
    ).exclude(status=Agreement.Status.TERMINATED)
    best_last = sorted(found, key=lambda one: (one.status != Agreement.Status.PENDING, one.campaign_id is not None))
    by_key: dict[tuple[UUID, UUID | None], Agreement] = {(one.merchant_id, one.campaign_id): one for one in best_last}
    applying: dict[UUID, Agreement] = {}
    for campaign in campaigns:
        keys = ((campaign.merchant_id, None), (campaign.merchant_id, campaign.pk))
        candidates = [by_key[key] for key in keys if key in by_key]
        if candidates:
            applying[campaign.pk] = max(candidates, key=best_last.index)
    return applying


def own_agreements(actor: Actor, *, status: str = "", campaign_id: UUID | None = None) -> QuerySet[Agreement]:
    """Return the agreements of a merchant or an influencer, or, for staff, all, with names. Order by `own_order(actor)`."""
    agreements = Agreement.objects.select_related("merchant", "influencer", "campaign")
    if actor.merchant_id:
        agreements = agreements.filter(merchant_id=actor.merchant_id)
    elif actor.influencer_id:
        agreements = agreements.filter(influencer_id=actor.influencer_id)
    if status:
        agreements = agreements.filter(status=status)
    return agreements.filter(campaign_id=campaign_id) if campaign_id else agreements


def own_order(actor: Actor) -> str:
    """Return the order of keyset pages, the latest first, that an index serves: ids have the order of creation."""
    return "-created_at" if actor.merchant_id or actor.influencer_id else "-id"
