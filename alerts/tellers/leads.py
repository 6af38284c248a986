"""Leads came in, were decided, or expired."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Min
from django.utils import timezone

from alerts.kinds import ChannelName, Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import influencer_user, merchant_team
from alerts.services.events import announce
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from leads.models import Lead
from leads.selectors.pending import PendingSummary, pending_summary
from leads.services.earnings import RETURN_WINDOW

DIGEST_MINUTES = 15
"""New leads are told by e-mail and to phones together, at most once in this time: a campaign that runs well must not spam."""
SHOWN_LEADS = 10
"""An e-mail names the latest; the page has them all."""
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
        context=new_leads_context([lead], 1, expires_at=_expiry(lead), pending=pending_summary(lead.merchant_id)),
        about={"lead_id": lead.pk, "campaign_id": lead.campaign_id},
        channels=AT_ONCE,
    )
    _announce_digest(lead)


def new_leads_context(
    leads: Sequence[Lead], count: int, *, expires_at: datetime | None, pending: PendingSummary
) -> dict[str, Any]:
    """Return what the message of new leads says; no prospect is named in it.

    leads: the latest of them, with campaign and influencer; count: how many there are. expires_at: when the first of them
    expires, None where all are decided (an agreement without validation). pending: all that wait for this merchant.
    """
    lead = leads[0]
    left = expires_at - timezone.now() if expires_at else timedelta(0)
    return {
        "lead": lead,
        "leads": leads,
        "count": count,
        "more": count - len(leads),
        "pending": pending,
        "campaign_name": lead.campaign.name,
        "influencer_name": lead.influencer.display_name,
        "expires_at": expires_at,
        "hours_left": max(left // timedelta(hours=1), 0),
        "url": page("leads:detail", lead.pk) if count == 1 else page("leads:pending"),
    }


@tells(Kind.LEAD_VALIDATED, Kind.LEAD_REJECTED)
def tell_lead_decided(event: Event) -> None:
    """Tell the influencer what became of their lead, with their share (MAD) or the reason."""
    lead = Lead.objects.select_related("campaign", "merchant").get(pk=event.data["lead_id"])
    notify(
        event.kind,
        influencer_user(lead.influencer_id),
        cause=event.cause,
        context=decision_context(lead),
        about={"lead_id": lead.pk, "campaign_id": lead.campaign_id},
    )


def decision_context(lead: Lead) -> dict[str, Any]:
    """Return what the influencer reads of a decision; the merchant's own words stand on the lead's page."""
    return {
        "lead": lead,
        "campaign_name": lead.campaign.name,
        "merchant_name": lead.merchant.name,
        "share": lead.influencer_commission_amount,
        "quality_score": lead.quality_score,
        "return_days": RETURN_WINDOW.days,
        "url": page("leads:detail", lead.pk),
    }


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
        context=expiry_context(
            event.data["count"],
            amount=Decimal(event.data["amount"]),
            lead_id=UUID(lead_id) if lead_id else None,
            to_influencer=to_influencer,
        ),
        about={"lead_id": lead_id},
    )


def expiry_context(count: int, *, amount: Decimal, lead_id: UUID | None, to_influencer: bool) -> dict[str, Any]:
    """Return what the message says. amount: commission released (MAD), for the merchant. lead_id: of a single lead."""
    return {
        "count": count,
        "amount": amount,
        "to_influencer": to_influencer,
        "url": page("leads:detail", lead_id) if lead_id else page("leads:list") + "?status=rejected",
    }


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
    leads = list(came.select_related("campaign", "influencer").order_by("-created_at", "-id")[:SHOWN_LEADS])
    if leads:
        notify(
            Kind.NEW_LEAD,
            merchant_team(event.merchant_id),
            cause=event.cause,
            context=new_leads_context(
                leads,
                came.count(),
                expires_at=came.filter(status=Lead.Status.PENDING).aggregate(first=Min("expires_at"))["first"],
                pending=pending_summary(event.merchant_id),
            ),
            channels=TOGETHER,
            dashboard=False,
        )


def _expiry(lead: Lead) -> datetime | None:
    return lead.expires_at if lead.status == Lead.Status.PENDING else None
