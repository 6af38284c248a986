"""A campaign stopped or goes on."""

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
    context = {
        "campaign_name": campaign.name,
        "merchant_name": campaign.merchant.name,
        "is_depleted": event.data["reason"] == "depleted",
        "is_recharged": event.data["reason"] == "recharged",
        "is_ended": event.data["status"] == Campaign.Status.ENDED,
    }
    about = {"campaign_id": campaign.pk}
    notify(
        event.kind,
        _influencers_of(campaign),
        cause=event.cause,
        context=context | {"to_influencer": True, "url": page("leads:campaign", campaign.pk)},
        about=about,
    )
    if event.data["reason"] in ("depleted", "recharged"):
        notify(
            event.kind,
            merchant_team(campaign.merchant_id),
            cause=event.cause,
            context=context | {"to_influencer": False, "url": page("leads:campaign", campaign.pk)},
            about=about,
        )


def _influencers_of(campaign: Campaign) -> list[User]:
    agreements = InfluencerAgreement.objects.filter(
        Q(campaign=campaign) | Q(campaign=None),
        merchant_id=campaign.merchant_id,
        status=InfluencerAgreement.Status.ACTIVE,
    )
    return active_users(influencer__in=agreements.values("influencer"), influencer__is_active=True)
