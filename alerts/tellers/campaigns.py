"""A campaign stopped or goes on."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from alerts.kinds import Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import active_users, merchant_team
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from leads.models import Campaign, InfluencerAgreement


@tells(Kind.CAMPAIGN_PAUSED, Kind.CAMPAIGN_RESUMED)
def tell_campaign_status(event: Event) -> None:
    """Tell every influencer under agreement; the merchant's team too where no person of theirs did it."""
    campaign = Campaign.objects.select_related("merchant").get(pk=event.data["campaign_id"])
    reason, status, by_staff = event.data["reason"], event.data["status"], event.data.get("by_staff", False)
    told = [(_influencers_of(campaign), True)]
    if by_staff or reason in ("depleted", "recharged"):
        told.append((merchant_team(campaign.merchant_id), False))
    for people, to_influencer in told:
        notify(
            event.kind,
            people,
            cause=event.cause,
            context=campaign_context(
                campaign, status=status, reason=reason, by_staff=by_staff, to_influencer=to_influencer
            ),
            about={"campaign_id": campaign.pk},
        )


def campaign_context(
    campaign: Campaign, *, status: str, reason: str, by_staff: bool, to_influencer: bool
) -> dict[str, Any]:
    """Return what the message says. Influencers don't read that a deposit is empty: the templates leave the reason out."""
    return {
        "campaign_name": campaign.name,
        "merchant_name": campaign.merchant.name,
        "is_depleted": reason == "depleted",
        "is_recharged": reason == "recharged",
        "by_staff": by_staff,
        "is_ended": status == Campaign.Status.ENDED,
        "to_influencer": to_influencer,
        "url": page("leads:campaigns") if to_influencer else page("leads:campaign", campaign.pk),
    }


def _influencers_of(campaign: Campaign) -> list[User]:
    agreements = InfluencerAgreement.objects.filter(
        Q(campaign=campaign) | Q(campaign=None),
        merchant_id=campaign.merchant_id,
        status=InfluencerAgreement.Status.ACTIVE,
    )
    return active_users(influencer__in=agreements.values("influencer"), influencer__is_active=True)
