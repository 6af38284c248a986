"""Reads behind the form of a new lead: the campaigns to choose from and the commission preview."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from leads.errors import AgreementInactive, CampaignCannotTakeLeads, CampaignPaused
from leads.models import Campaign, InfluencerAgreement
from leads.selectors.campaigns import accepts_leads
from leads.terms import LeadTerms, lead_terms
from leadsmarket.lib.errors import Refusal, Text

Status = InfluencerAgreement.Status


@dataclass(frozen=True, slots=True)
class CommissionPreview:
    """What a lead would bring. Without estimated_value (MAD) the amounts in `terms` mean nothing, only its rules do.

    obstacle: why this lead would be refused now, in words that say nothing of the merchant's balance; empty when it would
    be taken.
    """

    terms: LeadTerms
    estimated_value: Decimal | None
    obstacle: Text


def submittable_campaigns(influencer_id: UUID) -> list[Campaign]:
    """Return the active and paused campaigns for which an influencer has an active agreement, those that take leads first.

    Each has `takes_leads` and its merchant. An agreement for the campaign itself goes before one for all campaigns, also
    when it is suspended; one that is only asked for doesn't count (SQL function lead_terms). One query.
    """
    agreements = InfluencerAgreement.objects.filter(influencer_id=influencer_id)
    agreement_in_force = (
        agreements.filter(Q(campaign_id=OuterRef("pk")) | Q(campaign_id=None), merchant_id=OuterRef("merchant_id"))
        .exclude(status__in=[Status.PENDING, Status.TERMINATED])
        .order_by(F("campaign_id").asc(nulls_last=True))
    )
    campaigns = (
        Campaign.objects.filter(
            # Without this line every campaign of the platform would be looked at.
            merchant_id__in=agreements.filter(status=Status.ACTIVE).values("merchant_id"),
            status__in=[Campaign.Status.ACTIVE, Campaign.Status.PAUSED],
        )
        .annotate(agreement_status=Subquery(agreement_in_force.values("status")[:1]), takes_leads=accepts_leads())
        .filter(agreement_status=Status.ACTIVE)
    )
    return list(campaigns.select_related("merchant").order_by("-takes_leads", "name", "id"))


def commission_preview(
    *, influencer_id: UUID, campaign_id: UUID, estimated_value: Decimal | None, takes_leads: bool
) -> CommissionPreview:
    """Return what a lead of `estimated_value` would bring. One query.

    takes_leads: whether the campaign takes any lead at all, which is the answer while there is no value. Raises
    CampaignNotFound.
    """
    terms = lead_terms(
        campaign_id=campaign_id, influencer_id=influencer_id, estimated_value=estimated_value or Decimal("50.00")
    )
    if estimated_value is not None:
        takes_leads = terms.accepts_leads
    refusal: type[Refusal] | None = None
    if terms.campaign_status != Campaign.Status.ACTIVE:
        refusal = CampaignPaused
    elif terms.agreement_status != Status.ACTIVE:
        refusal = AgreementInactive
    obstacle = refusal.message if refusal else ("" if takes_leads else CampaignCannotTakeLeads.message)
    return CommissionPreview(terms=terms, estimated_value=estimated_value, obstacle=obstacle)
