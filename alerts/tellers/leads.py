"""Leads came in, were decided, or expired."""

from datetime import UTC, datetime
from decimal import Decimal

from alerts.kinds import ChannelName, Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import influencer_user, merchant_team
from alerts.services.events import announce
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from leads.models import Lead
from leads.selectors.pending import pending_summary

DIGEST_MINUTES = 15
"""New leads are told by e-mail and to phones together, at most once in this time: a campaign that runs well must not spam."""
AT_ONCE = (ChannelName.WEB_PUSH,)
TOGETHER = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.WHATSAPP)


@tells(Kind.NEW_LEAD)
def tell_new_lead(event: Event) -> None:
    """Tell the merchant's team of a lead at once under the bell and in the browser; e-mails and phones by the quarter-hour."""
    if "until" in event.data:
        _tell_new_leads_together(event)
        return
    lead = Lead.objects.select_related("campaign", "influencer").get(pk=event.data["lead_id"])
    notify(
        Kind.NEW_LEAD,
        merchant_team(lead.merchant_id),
        cause=event.cause,
        context={
            "lead": lead,
            "count": 1,
            "campaign_name": lead.campaign.name,
            "influencer_name": lead.influencer.display_name,
            "expires_at": lead.expires_at,
            "url": page("leads:detail", lead.pk),
        },
        about={"lead_id": lead.pk, "campaign_id": lead.campaign_id},
        channels=AT_ONCE,
    )
    _announce_digest(lead)


@tells(Kind.LEAD_VALIDATED, Kind.LEAD_REJECTED)
def tell_lead_decided(event: Event) -> None:
    """Tell the influencer what became of their lead, with their share (MAD) or the reason."""
    lead = Lead.objects.select_related("campaign", "merchant").get(pk=event.data["lead_id"])
    notify(
        event.kind,
        influencer_user(lead.influencer_id),
        cause=event.cause,
        context={
            "lead": lead,
            "campaign_name": lead.campaign.name,
            "merchant_name": lead.merchant.name,
            "share": lead.influencer_commission_amount,
            "quality_score": lead.quality_score,
            "url": page("leads:detail", lead.pk),
        },
        about={"lead_id": lead.pk, "campaign_id": lead.campaign_id},
    )


@tells(Kind.LEAD_EXPIRED)
def tell_leads_expired(event: Event) -> None:
    """Tell one side how many of its leads nobody decided in time; the merchant also what was released (MAD)."""
    to_influencer = event.merchant_id is None
    people = influencer_user(event.influencer_id) if to_influencer else merchant_team(event.merchant_id)
    lead_id = event.data.get("lead_id")
    notify(
        Kind.LEAD_EXPIRED,
        people,
        cause=event.cause,
        context={
            "count": event.data["count"],
            "amount": Decimal(event.data["amount"]),
            "to_influencer": to_influencer,
            "url": page("leads:detail", lead_id) if lead_id else page("leads:list") + "?status=rejected",
        },
        about={"lead_id": lead_id},
    )


def _announce_digest(lead: Lead) -> None:
    seconds = DIGEST_MINUTES * 60
    start = int(lead.created_at.timestamp()) // seconds * seconds
    announce(
        Kind.NEW_LEAD,
        cause=f"merchant:{lead.merchant_id}:leads:{start}",
        merchant_id=lead.merchant_id,
        data={"since": start, "until": start + seconds},
        due_at=datetime.fromtimestamp(start + seconds, tz=UTC),
    )


def _tell_new_leads_together(event: Event) -> None:
    since, until = (datetime.fromtimestamp(event.data[end], tz=UTC) for end in ("since", "until"))
    came = Lead.objects.filter(merchant_id=event.merchant_id, created_at__gte=since, created_at__lt=until)
    leads = list(came.select_related("campaign", "influencer").order_by("-created_at")[:10])
    if not leads:
        return
    lead = leads[0]
    notify(
        Kind.NEW_LEAD,
        merchant_team(lead.merchant_id),
        cause=event.cause,
        context={
            "lead": lead,
            "leads": leads,
            "count": came.count(),
            "pending": pending_summary(lead.merchant_id),
            "campaign_name": lead.campaign.name,
            "influencer_name": lead.influencer.display_name,
            "expires_at": lead.expires_at,
            "url": page("leads:pending"),
        },
        channels=TOGETHER,
        dashboard=False,
    )
