"""An agreement was suspended."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.kinds import Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import influencer_user, merchant_team
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from leads.models import InfluencerAgreement
from leads.models.agreements import QUALITY_REASON


@tells(Kind.AGREEMENT_SUSPENDED)
def tell_agreement_suspended(event: Event) -> None:
    """Tell both sides that an agreement takes no leads any more, and why (product.md, "Lead" / quality threshold)."""
    agreement = InfluencerAgreement.objects.select_related("merchant", "influencer", "campaign").get(
        pk=event.data["agreement_id"]
    )
    for people, to_influencer in (
        (influencer_user(agreement.influencer_id), True),
        (merchant_team(agreement.merchant_id), False),
    ):
        notify(
            Kind.AGREEMENT_SUSPENDED,
            people,
            cause=event.cause,
            context=suspension_context(agreement, event.data["reason"], to_influencer=to_influencer),
            about={"campaign_id": agreement.campaign_id},
        )


def suspension_context(
    agreement: InfluencerAgreement, reason: str, *, to_influencer: bool
) -> dict[str, InfluencerAgreement | str | bool | Promise]:
    """Return what the message says. reason: as it was stored then; QUALITY_REASON in each reader's language."""
    by_quality = reason == QUALITY_REASON
    return {
        "agreement": agreement,
        "campaign_name": agreement.campaign.name if agreement.campaign else _("All campaigns"),
        "by_quality": by_quality,
        "reason": _(QUALITY_REASON) if by_quality else reason,
        "to_influencer": to_influencer,
        "url": page("leads:agreements"),
    }
