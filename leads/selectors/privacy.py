"""What is held about one prospect, for the answer to their request (law 09-08, article 7)."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.models import Lead, LeadConsent, LeadReturn, LeadValidation

ReadMessages = Callable[[Collection[UUID]], list[dict[str, Any]]]


def _no_messages(_lead_ids: Collection[UUID]) -> list[dict[str, Any]]:
    return []


_read_messages: ReadMessages = _no_messages


def register_messages(read_messages: ReadMessages) -> None:
    """Let `prospect_data` ask the app above which messages about leads were sent: dicts of texts, times as datetimes."""
    global _read_messages
    _read_messages = read_messages


def leads_of_person(*, email: str = "", phone: str = "") -> QuerySet[Lead]:
    """Return the leads with this address (any case) or number (E.164), of every merchant that the actor sees.

    Reads the whole table: for answers to requests alone.
    """
    either = Q()
    if email:
        either |= Q(customer_email=email.strip().lower())
    if phone:
        either |= Q(customer_phone=phone)
    return Lead.objects.filter(either) if either else Lead.objects.none()


def prospect_data(*, email: str = "", phone: str = "") -> dict[str, Any]:
    """Return everything held about the person with this address or number, as plain data, times in ISO 8601 (UTC).

    Each lead with the company that got it, who typed it, the consent, the decisions and returns with their words, and the
    messages that named the person. Call as staff.
    """
    leads = list(
        leads_of_person(email=email, phone=phone)
        .select_related("merchant", "campaign", "influencer", "consent")
        .prefetch_related("decisions")
        .order_by("id")
    )
    returns = {asked.lead_id: asked for asked in LeadReturn.objects.filter(lead__in=leads)}
    return {
        "made_at": _iso(timezone.now()),
        "asked_for": {"email": email, "phone": phone},
        "leads": [_lead(lead, returns.get(lead.pk)) for lead in leads],
        "messages": [
            {key: _iso(value) if isinstance(value, datetime) else value for key, value in message.items()}
            for message in _read_messages([lead.pk for lead in leads])
        ],
    }


def _lead(lead: Lead, asked: LeadReturn | None) -> dict[str, Any]:
    return {
        "name": lead.customer_name,
        "email": lead.customer_email,
        "phone": str(lead.customer_phone),
        "company": lead.customer_company,
        "notes": lead.customer_notes,
        "service": lead.campaign.service,
        "campaign": lead.campaign.name,
        "given_to": lead.merchant.name,
        "given_by": lead.influencer.display_name,
        "source": lead.source,
        "estimated_value": str(lead.estimated_value),
        "actual_value": str(lead.actual_value) if lead.actual_value is not None else None,
        "status": lead.status,
        "created_at": _iso(lead.created_at),
        "decided_at": _iso(lead.decided_at),
        "consent": _consent(getattr(lead, "consent", None)),
        "decisions": [_decision(decision) for decision in lead.decisions.all()],
        "return": {"reason": asked.reason, "details": asked.details, "note": asked.decision_note} if asked else None,
    }


def _consent(consent: LeadConsent | None) -> dict[str, Any] | None:
    if consent is None:
        return None
    return {
        "text": consent.text,
        "version": consent.version,
        "language": consent.language,
        "channel": consent.channel,
        "given_at": _iso(consent.given_at),
        "ip_address": consent.ip_address,
    }


def _decision(decision: LeadValidation) -> dict[str, Any]:
    return {
        "decision": decision.decision,
        "feedback": decision.feedback,
        "rejection_reason": decision.rejection_reason,
        "rejection_details": decision.rejection_details,
        "quality_score": decision.quality_score,
        "created_at": _iso(decision.created_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
