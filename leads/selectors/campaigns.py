"""Reads about campaigns: a merchant's own with their figures, and those that an influencer can join."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, cast
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, Func, OuterRef, Q, QuerySet, UUIDField, Value, When

from deposits.models import Deposit
from leads.models import Campaign, InfluencerAgreement, LeadCampaignStats
from leads.services.agreements import DEFAULT_TERMS
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.keyset import KeysetPage, keyset_page
from leadsmarket.lib.money import MoneyField

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class ServedBy(TypedDict):
        """What `merchant_campaigns` adds to a campaign."""

        takes_leads: bool
        serving_deposit_id: UUID | None

    ServedCampaign = WithAnnotations[Campaign, ServedBy]

EXAMPLE_VALUES = (Decimal("600.00"), Decimal("1500.00"))
"""Estimated values (MAD) by which pages explain commission terms: one on each side of the usual threshold."""
DEFAULT_SHARE = DEFAULT_TERMS.commission_percentage
SHARE_FIELDS = ("share_of_first_example", "share_of_second_example")


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign of a merchant as the list shows it.

    deposit: what serves its leads now, None where there is none. obstacle: why an active campaign takes no leads
    (`no_deposit`, `deposit_full`, or the deposit's status), else empty.
    """

    campaign: "ServedCampaign"
    stats: LeadCampaignStats
    deposit: Deposit | None
    obstacle: str


@dataclass(frozen=True, slots=True)
class CommissionExample:
    """What a lead of `estimated_value` costs the merchant, and what the influencer gets of it at the usual share. MAD."""

    estimated_value: Decimal
    commission_amount: Decimal
    commission_type: str
    influencer_commission_amount: Decimal


def accepts_leads(campaign_field: str = "id") -> Case:
    """Return an expression: whether a campaign takes leads now. It says nothing of the deposit behind it."""
    accepts = Func(F(campaign_field), function="campaign_accepts_leads", output_field=BooleanField())
    return Case(When(**{f"{campaign_field}__isnull": True}, then=Value(None)), default=accepts)


def merchant_campaigns(merchant_id: UUID) -> "QuerySet[ServedCampaign]":
    """Return a merchant's campaigns with `takes_leads` and `serving_deposit_id`."""
    serving = Func(F("merchant_id"), F("id"), function="deposit_of_campaign", output_field=UUIDField())
    campaigns = Campaign.objects.filter(merchant_id=merchant_id).select_related("settings")
    annotated = campaigns.annotate(takes_leads=accepts_leads(), serving_deposit_id=serving)
    return cast("QuerySet[ServedCampaign]", annotated)


def merchant_campaign_page(
    merchant_id: UUID, *, status: str = "", cursor: str = ""
) -> "tuple[KeysetPage[ServedCampaign], list[CampaignRow]]":
    """Return a page of a merchant's campaigns, the latest first, with their figures and deposits. Three queries."""
    campaigns = merchant_campaigns(merchant_id)
    if status in Campaign.Status.values:
        campaigns = campaigns.filter(status=status)
    page = keyset_page(campaigns, order="-created_at", cursor=cursor)
    return page, campaign_rows(page.rows)


def campaign_rows(campaigns: "list[ServedCampaign]") -> list[CampaignRow]:
    """Return campaigns of `merchant_campaigns` with their figures and deposits. Two queries."""
    # By id, so that the view counts the leads of these campaigns only.
    stats = LeadCampaignStats.objects.in_bulk([campaign.pk for campaign in campaigns])
    deposits = Deposit.objects.in_bulk({campaign.serving_deposit_id for campaign in campaigns} - {None})
    return [
        CampaignRow(campaign, stats[campaign.pk], deposit, _obstacle(campaign, deposit))
        for campaign in campaigns
        for deposit in [deposits.get(campaign.serving_deposit_id)]
    ]


def open_campaigns(influencer_id: UUID, *, text: str = "") -> QuerySet[Campaign]:
    """Return the active campaigns that an influencer has no agreement or request for, with `takes_leads` and their share
    (MAD, at the usual percentage) of each example value.

    text: words to look for in name, service, description and merchant.
    """
    under_agreement = InfluencerAgreement.objects.filter(
        Q(campaign_id=OuterRef("pk")) | Q(campaign_id=None),
        influencer_id=influencer_id,
        merchant_id=OuterRef("merchant_id"),
    ).exclude(status=InfluencerAgreement.Status.TERMINATED)
    campaigns = (
        Campaign.objects.filter(~Exists(under_agreement), status=Campaign.Status.ACTIVE, merchant__is_active=True)
        .select_related("merchant", "settings")
        .annotate(takes_leads=accepts_leads(), **example_shares("settings__", Value(DEFAULT_SHARE)))
    )
    for word in text.split()[:5]:
        campaigns = campaigns.filter(
            Q(name__icontains=word)
            | Q(service__icontains=word)
            | Q(description__icontains=word)
            | Q(merchant__name__icontains=word)
        )
    return campaigns


def example_shares(settings_prefix: str, percentage: F | Value) -> dict[str, Any]:
    """Return annotations: an influencer's share (MAD) of each example value, computed as leads are (SQL)."""
    terms = ("percentage_commission_rate", "fixed_commission_amount", "commission_threshold")
    shares = {}
    for name, value in zip(SHARE_FIELDS, EXAMPLE_VALUES, strict=True):
        commission = Func(
            Value(value),
            *(F(f"{settings_prefix}{term}") for term in terms),
            template="(calculate_commission(%(expressions)s)).commission_amount",
            output_field=MoneyField(),
        )
        shares[name] = Func(commission, percentage, function="influencer_share", output_field=MoneyField())
    return shares


def commission_examples(terms: CampaignTerms) -> list[CommissionExample]:
    """Return what the example values cost under `terms`, which need not be saved. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v, k.commission_amount, k.commission_type, influencer_share(k.commission_amount, %s)"
            " FROM unnest(%s::numeric[]) WITH ORDINALITY AS example (v, n)"
            " CROSS JOIN LATERAL calculate_commission(v, %s, %s, %s) AS k ORDER BY n",
            [
                DEFAULT_SHARE,
                list(EXAMPLE_VALUES),
                terms.percentage_commission_rate,
                terms.fixed_commission_amount,
                terms.commission_threshold,
            ],
        )
        return [CommissionExample(*row) for row in cursor.fetchall()]


def _obstacle(campaign: "ServedCampaign", deposit: Deposit | None) -> str:
    if campaign.status != Campaign.Status.ACTIVE or campaign.takes_leads:
        return ""
    if deposit is None:
        return "no_deposit"
    return "deposit_full" if deposit.is_full else deposit.status
