"""Reads about an influencer's own leads."""

from uuid import UUID

from django.db.models import Q, QuerySet

from leads.models import Campaign, InfluencerAgreement, Lead
from leads.selectors.leads import NO_FILTERS, LeadFilters, filter_leads


def influencer_lead_rows(influencer_id: UUID, filters: LeadFilters = NO_FILTERS) -> QuerySet[Lead]:
    """Return an influencer's leads in every state, with campaign and merchant, for a list by date."""
    leads = filter_leads(Lead.objects.filter(influencer_id=influencer_id), filters)
    return leads.select_related("campaign", "merchant")


def submitted_campaigns(influencer_id: UUID) -> list[tuple[UUID, str]]:
    """Return the campaigns under an influencer's agreements, past ones too, as choices by name. One query."""
    agreements = InfluencerAgreement.objects.filter(influencer_id=influencer_id)
    campaigns = Campaign.objects.exclude(status=Campaign.Status.DRAFT).filter(
        Q(pk__in=agreements.values("campaign_id"))
        | Q(merchant_id__in=agreements.filter(campaign__isnull=True).values("merchant_id"))
    )
    return list(campaigns.order_by("name", "id").values_list("pk", "name"))


def own_lead(influencer_id: UUID, lead_id: str) -> Lead | None:
    """Return an influencer's lead with its campaign, or None where the id is none of theirs or no id at all."""
    try:
        key = UUID(lead_id)
    except ValueError:
        return None
    return influencer_lead_rows(influencer_id).filter(pk=key).first()
