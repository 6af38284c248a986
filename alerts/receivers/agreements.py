"""Connects the messages to the signal of agreements; rows only, in the transaction of the change."""

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from alerts.kinds import Kind
from alerts.pages import page
from alerts.recipients import influencer_user, merchant_team
from alerts.services import announce, notify
from leads.models import InfluencerAgreement
from leads.signals import agreement_status_changed
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id

Status = InfluencerAgreement.Status


@receiver(agreement_status_changed, sender=InfluencerAgreement, dispatch_uid="alerts.agreement")
def tell_agreement(*, agreement: InfluencerAgreement, status_before: str, **_signal: object) -> None:
    """Tell the other side that an agreement was asked for or offered, the asking side that it was accepted, both that it was
    suspended.
    """
    if agreement.status == Status.SUSPENDED:
        # By the quality threshold it comes with a validation, which holds the deposit: a worker tells.
        announce(
            Kind.AGREEMENT_SUSPENDED,
            cause=f"agreement:{agreement.pk}:{new_id()}",
            merchant_id=agreement.merchant_id,
            influencer_id=agreement.influencer_id,
            data={"agreement_id": agreement.pk, "reason": agreement.status_reason},
        )
        return
    if not status_before and agreement.status == Status.PENDING:
        kind = Kind.AGREEMENT_OFFERED if agreement.is_invitation else Kind.AGREEMENT_ASKED
        to_influencer = agreement.is_invitation
    elif status_before == Status.PENDING and agreement.status == Status.ACTIVE:
        kind = Kind.AGREEMENT_ACCEPTED
        to_influencer = not agreement.is_invitation
    else:
        return
    with acting_as(SYSTEM):
        agreement = InfluencerAgreement.objects.select_related("merchant", "influencer", "campaign").get(
            pk=agreement.pk
        )
    notify(
        kind,
        influencer_user(agreement.influencer_id) if to_influencer else merchant_team(agreement.merchant_id),
        cause=f"agreement:{agreement.pk}",
        context={
            "agreement": agreement,
            "campaign_name": agreement.campaign.name if agreement.campaign else _("All campaigns"),
            "to_influencer": to_influencer,
            "url": page("leads:agreements"),
        },
        about={"campaign_id": agreement.campaign_id},
    )
