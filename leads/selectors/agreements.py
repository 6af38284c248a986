"""Reads about agreements, from the merchant's and from the influencer's side."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet

from accounts.models import Influencer
from leads.models import Campaign, InfluencerAgreement, InfluencerLeadPerformance
from leads.selectors.campaigns import accepts_leads, example_shares
from leadsmarket.lib.keyset import KeysetPage, keyset_page

Status = InfluencerAgreement.Status

MOST_REQUESTS = 50
"""Requests shown at once, the oldest first; the next ones move up when these are answered."""

VIEWS: dict[str, dict[str, object]] = {
    "open": {"status__in": [Status.PENDING, Status.ACTIVE, Status.SUSPENDED]},
    "active": {"status": Status.ACTIVE},
    "suspended": {"status": Status.SUSPENDED},
    "ended": {"status": Status.TERMINATED},
}
"""The filters of the lists of agreements."""


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement with the influencer's figures over all campaigns of the merchant; None before the first lead."""

    agreement: InfluencerAgreement
    performance: InfluencerLeadPerformance | None


def applications(merchant_id: UUID) -> list[InfluencerAgreement]:
    """Return the requests that wait for this merchant, the oldest first, at most MOST_REQUESTS. One query."""
    pending = _with_names().filter(merchant_id=merchant_id, status=Status.PENDING, is_invitation=False)
    return list(pending.order_by("created_at", "id")[:MOST_REQUESTS])


def invitations(influencer_id: UUID) -> list[InfluencerAgreement]:
    """Return the invitations that wait for this influencer, the oldest first, at most MOST_REQUESTS. One query."""
    pending = influencer_agreements(influencer_id).filter(status=Status.PENDING, is_invitation=True)
    return list(pending.order_by("created_at", "id")[:MOST_REQUESTS])


def merchant_agreement_page(
    merchant_id: UUID, *, view: str, cursor: str = ""
) -> tuple[KeysetPage[InfluencerAgreement], list[AgreementRow]]:
    """Return a page of a merchant's agreements and sent invitations with performance, the latest first. Two queries.

    view: a key of VIEWS. Requests that wait for the merchant are left to `applications`.
    """
    agreements = _with_names().filter(merchant_id=merchant_id, **VIEWS[view])
    if view == "open":
        agreements = agreements.exclude(status=Status.PENDING, is_invitation=False)
    page = keyset_page(agreements, order="-created_at", cursor=cursor)
    performances = InfluencerLeadPerformance.objects.in_bulk({agreement.influencer_id for agreement in page.rows})
    return page, [AgreementRow(agreement, performances.get(agreement.influencer_id)) for agreement in page.rows]


def influencer_agreement_page(influencer_id: UUID, *, view: str, cursor: str = "") -> KeysetPage[InfluencerAgreement]:
    """Return a page of an influencer's agreements and applications, the latest first; invitations to answer are left to
    `invitations`. One query."""
    agreements = influencer_agreements(influencer_id).filter(**VIEWS[view])
    if view == "open":
        agreements = agreements.exclude(status=Status.PENDING, is_invitation=True)
    return keyset_page(agreements, order="-created_at", cursor=cursor)


def influencer_agreements(influencer_id: UUID) -> QuerySet[InfluencerAgreement]:
    """Return an influencer's agreements with `takes_leads` and their share of each example value (None for all campaigns)."""
    return (
        _with_names()
        .filter(influencer_id=influencer_id)
        .annotate(
            takes_leads=accepts_leads("campaign_id"),
            **example_shares("campaign__settings__", F("commission_percentage")),
        )
    )


def has_agreement(influencer_id: UUID, campaign: Campaign) -> bool:
    """Tell whether an influencer has an agreement or a request for a campaign, or for all of its merchant's."""
    covering = InfluencerAgreement.objects.filter(
        Q(campaign=campaign) | Q(campaign=None), influencer_id=influencer_id, merchant_id=campaign.merchant_id
    )
    return covering.exclude(status=Status.TERMINATED).exists()


def agreement_in_view(agreement_id: UUID) -> QuerySet[InfluencerAgreement]:
    """Return one agreement with the names that pages show; empty where the actor can't see it."""
    return _with_names().filter(pk=agreement_id)


def influencer_choices(merchant_id: UUID) -> list[tuple[UUID, str]]:
    """Return the influencers that a merchant has or had an agreement with, as choices by name. One query."""
    partners = InfluencerAgreement.objects.filter(merchant_id=merchant_id).exclude(status=Status.PENDING)
    influencers = Influencer.objects.filter(pk__in=partners.values("influencer_id"))
    return list(influencers.order_by("display_name", "id").values_list("pk", "display_name"))


def campaigns_for_agreement(merchant_id: UUID) -> QuerySet[Campaign]:
    """Return the campaigns to which a merchant can invite: all but the ended ones, by name."""
    campaigns = Campaign.objects.filter(merchant_id=merchant_id).exclude(status=Campaign.Status.ENDED)
    return campaigns.order_by("name", "id")


def _with_names() -> QuerySet[InfluencerAgreement]:
    return InfluencerAgreement.objects.select_related("influencer", "merchant", "campaign", "campaign__settings")
