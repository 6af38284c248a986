"""Reads behind the form of a new lead: the campaigns to choose from and the commission preview."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, OuterRef, Q, Subquery, UUIDField
from django.utils.translation import gettext as _

from deposits.models import Deposit
from leads.errors import AgreementInactive, CampaignCannotTakeLeads, CampaignNotFound, CampaignPaused
from leads.models import Campaign, CampaignSettings, InfluencerAgreement
from leads.selectors.campaigns import DEFAULT_SHARE, accepts_leads
from leads.services.campaigns import DEFAULT_TERMS, CampaignTerms
from leads.terms import LeadTerms, lead_terms
from leadsmarket.lib.actor import Actor
from leadsmarket.lib.errors import InvalidInput, Refusal, Text
from leadsmarket.lib.money import format_mad

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


@dataclass(frozen=True, slots=True)
class CommissionEstimate:
    """What a lead would cost the merchant and bring the influencer (MAD, percent), and whether it would be taken now."""

    commission_amount: Decimal
    commission_type: str
    influencer_commission_amount: Decimal
    influencer_percentage: Decimal
    accepts_leads: bool


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


def estimate_commission(*, actor: Actor, campaign_id: UUID | None, estimated_value: Decimal) -> CommissionEstimate:
    """Return what a lead of `estimated_value` (MAD) would bring in a campaign, or by the platform's defaults without one.

    An influencer is told by their own agreement; the usual share counts without one. A merchant asks about its own
    campaigns. Says nothing of a balance. Raises CampaignNotFound, InvalidInput (below the campaign's minimum).
    """
    if campaign_id and actor.influencer_id:
        terms = lead_terms(campaign_id=campaign_id, influencer_id=actor.influencer_id, estimated_value=estimated_value)
        _require_minimum(estimated_value, terms.minimum_estimated_value)
        return CommissionEstimate(
            terms.commission_amount,
            terms.commission_type,
            terms.influencer_commission_amount,
            terms.influencer_percentage or DEFAULT_SHARE,
            terms.accepts_leads,
        )
    if campaign_id is None:
        _require_minimum(estimated_value, DEFAULT_TERMS.minimum_estimated_value)
        return CommissionEstimate(*_calculated(estimated_value, DEFAULT_TERMS), DEFAULT_SHARE, accepts_leads=True)
    serving = Func(F("merchant_id"), F("id"), function="deposit_of_campaign", output_field=UUIDField())
    campaigns = Campaign.objects.select_related("settings").annotate(serving=serving, takes_leads=accepts_leads())
    campaign = campaigns.filter(pk=campaign_id).first()
    if campaign is None or (actor.merchant_id and campaign.merchant_id != actor.merchant_id):
        raise CampaignNotFound
    _require_minimum(estimated_value, campaign.settings.minimum_estimated_value)
    amounts = _calculated(estimated_value, campaign.settings)
    deposit = Deposit.objects.filter(pk=campaign.serving).first()
    can_reserve = bool(campaign.takes_leads and deposit and deposit.available_balance >= amounts[0])
    return CommissionEstimate(*amounts, DEFAULT_SHARE, accepts_leads=can_reserve)


def _require_minimum(estimated_value: Decimal, minimum: Decimal) -> None:
    if estimated_value < minimum:
        raise InvalidInput(fields={"estimated_value": _("At least %(minimum)s.") % {"minimum": format_mad(minimum)}})


def _calculated(estimated_value: Decimal, terms: "CampaignTerms | CampaignSettings") -> tuple[Decimal, str, Decimal]:
    """Commission, its type and the influencer's usual share of it, as leads are computed (SQL)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.commission_amount, k.commission_type, influencer_share(k.commission_amount, %s)"
            " FROM calculate_commission(%s, %s, %s, %s) AS k",
            [
                DEFAULT_SHARE,
                estimated_value,
                terms.percentage_commission_rate,
                terms.fixed_commission_amount,
                terms.commission_threshold,
            ],
        )
        return cursor.fetchone()
