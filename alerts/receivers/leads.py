"""Connects the messages to the signals of leads and campaigns: one event each, told by a worker."""

from uuid import UUID

from django.db.models import CharField, Count, Min, Sum
from django.db.models.functions import Cast
from django.dispatch import receiver

from alerts.kinds import Kind
from alerts.services import announce, announce_all
from alerts.services.events import Announcement
from leads.models import Campaign, Lead, LeadValidation
from leads.signals import campaign_status_changed, lead_created, lead_decided, leads_expired
from leadsmarket.lib.actor import current_actor
from leadsmarket.lib.identifiers import new_id

DECIDED = {
    LeadValidation.Decision.VALIDATED: Kind.LEAD_VALIDATED,
    LeadValidation.Decision.REJECTED: Kind.LEAD_REJECTED,
}
"""What becomes of a validated lead afterwards concerns the merchant alone."""
BY_DEPOSIT = ("depleted", "recharged")
"""Why a campaign changed by itself."""


@receiver(lead_created, sender=Lead, dispatch_uid="alerts.new_lead")
def announce_new_lead(*, lead: Lead, **_signal: object) -> None:
    """The merchant's team is told of a new lead."""
    announce(Kind.NEW_LEAD, cause=f"lead:{lead.pk}", merchant_id=lead.merchant_id, data={"lead_id": lead.pk})


@receiver(lead_decided, sender=Lead, dispatch_uid="alerts.lead_decided")
def announce_decision(*, lead: Lead, decision: str, **_signal: object) -> None:
    """The influencer is told that their lead was validated or rejected."""
    if decision in DECIDED:
        announce(
            DECIDED[decision], cause=f"lead:{lead.pk}", influencer_id=lead.influencer_id, data={"lead_id": lead.pk}
        )


@receiver(leads_expired, sender=Lead, dispatch_uid="alerts.leads_expired")
def announce_expired(*, lead_ids: list[UUID], **_signal: object) -> None:
    """Each merchant and each influencer of a batch is told once how many of their leads expired."""
    batch = new_id()
    announcements = []
    for side in ("merchant_id", "influencer_id"):
        sides = (
            Lead.objects.filter(pk__in=lead_ids)
            .values(side)
            .annotate(count=Count("*"), amount=Sum("commission_amount"), lead_id=Min(Cast("pk", CharField())))
            .order_by(side)
        )
        announcements += [
            Announcement(
                Kind.LEAD_EXPIRED,
                cause=f"expiry:{batch}:{row[side]}",
                data={
                    "count": row["count"],
                    "amount": row["amount"],
                    "lead_id": row["lead_id"] if row["count"] == 1 else None,
                },
                **{side: row[side]},
            )
            for row in sides
        ]
    announce_all(announcements)


@receiver(campaign_status_changed, sender=Campaign, dispatch_uid="alerts.campaign_status")
def announce_campaign_status(*, campaign: Campaign, status_before: str, reason: str, **_signal: object) -> None:
    """Those who bring leads are told that a campaign takes none any more, or takes them again; its merchant too, unless one of
    their own did it.
    """
    was_active, is_active = (status == Campaign.Status.ACTIVE for status in (status_before, campaign.status))
    is_ended = campaign.status == Campaign.Status.ENDED
    if status_before == Campaign.Status.DRAFT or (was_active == is_active and not is_ended):
        return
    announce(
        Kind.CAMPAIGN_RESUMED if is_active else Kind.CAMPAIGN_PAUSED,
        cause=f"campaign:{campaign.pk}:{new_id()}",
        merchant_id=campaign.merchant_id,
        data={
            "campaign_id": campaign.pk,
            "status": campaign.status,
            "reason": reason,
            "by_staff": reason not in BY_DEPOSIT and current_actor().role == "staff",
        },
        urgent=True,
    )
