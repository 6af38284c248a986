"""Campaigns: a merchant's own, and those that an influencer can join or has joined."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from api.campaigns.serializers import (
    CampaignAnswer,
    CampaignPage,
    CampaignQuery,
    ChangeCampaignBody,
    ChangedCampaign,
    CreateCampaignBody,
)
from api.operations import MERCHANT, Operation, shown
from api.pagination import page_answer
from leads.errors import CampaignNotFound, StepNotPossible
from leads.models import Campaign
from leads.selectors.own import agreements_on, own_campaigns, own_order
from leads.services import create_campaign, update_campaign
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import Actor

EXAMPLE = {
    "name": "Cuisine sur mesure",
    "service": "Rénovation de cuisine",
    "description": "Casablanca et Rabat",
    "settings": {
        "percentage_commission_rate": 10.00,
        "fixed_commission_amount": 80.00,
        "commission_threshold": 800.00,
        "auto_stop_on_depletion": True,
        "lead_expiry_hours": 72,
    },
}


class ListCampaigns(Operation):
    """List campaigns.

    A merchant's own; for an influencer those open to join and those joined; the latest first.
    """

    tag = "campaigns"
    query = CampaignQuery
    answer = CampaignPage

    def get(self, request: Request) -> Response:
        query = self.read_query()
        campaigns = own_campaigns(self.actor, status=query.get("status", ""))
        return Response(
            page_answer(
                request,
                campaigns,
                order=own_order(self.actor),
                query=query,
                results=lambda found: _answers(self.actor, found),
            )
        )


class CreateCampaign(Operation):
    """Create a campaign.

    Active at once, or a `draft`. Settings that are left out are the platform's defaults. On a depleted deposit an active one
    begins `paused` and is resumed by the recharge.
    """

    tag = "campaigns"
    roles = MERCHANT
    body = CreateCampaignBody
    answer = ChangedCampaign
    success_status = 201
    examples: ClassVar = [OpenApiExample("campaign", value=EXAMPLE, request_only=True, summary="A campaign")]

    def post(self, request: Request) -> Response:
        body = self.read()
        assert self.actor.merchant_id is not None  # noqa: S101 - the role says so
        campaign = create_campaign(
            merchant_id=self.actor.merchant_id,
            name=body["name"],
            service=body["service"],
            description=body["description"],
            terms=CampaignTerms(**body["settings"]),
            activate=body["status"] == Campaign.Status.ACTIVE,
        )
        return Response(_changed(self.actor, campaign), status=self.success_status)


class ChangeCampaign(Operation):
    """Change a campaign.

    Texts, settings, and the status: `paused` stops new leads until somebody makes it `active` again, `ended` for good. Made
    `active` on a depleted deposit it stays `paused` until the recharge. Leads that exist keep their terms.
    """

    tag = "campaigns"
    roles = MERCHANT
    body = ChangeCampaignBody
    answer = ChangedCampaign
    refusals = (CampaignNotFound, StepNotPossible)
    examples: ClassVar = [
        OpenApiExample("pause", value={"status": "paused"}, request_only=True, summary="Pause a campaign")
    ]

    def patch(self, request: Request, campaign_id: UUID) -> Response:
        body = self.read()
        campaign = update_campaign(
            campaign_id=campaign_id,
            texts={name: body[name] for name in ("name", "service", "description") if name in body},
            terms=body.get("settings", {}),
            status=body.get("status"),
        )
        return Response(_changed(self.actor, campaign))


def _changed(actor: Actor, campaign: Campaign) -> dict[str, Any]:
    [answer] = _answers(actor, own_campaigns(actor, campaign_id=campaign.pk))
    return {"success": True, "campaign": answer}


def _answers(actor: Actor, found: Iterable[Any]) -> Iterator[dict[str, Any]]:
    campaigns = list(found)
    agreements = agreements_on(actor.influencer_id, campaigns) if actor.influencer_id and campaigns else {}
    for campaign in campaigns:
        values = {name: getattr(campaign, name) for name in _OWN_FIELDS}
        yield shown(
            CampaignAnswer,
            values
            | {
                "merchant_name": campaign.merchant.name,
                # Why a merchant's deposit can't pay is not an influencer's to know.
                "pause_reason": "" if actor.influencer_id else campaign.pause_reason,
                "accepting_leads": campaign.takes_leads,
                "agreement": agreements.get(campaign.pk),
            },
        )


_ADDED = {"merchant_name", "pause_reason", "accepting_leads", "agreement"}
_OWN_FIELDS = [name for name in CampaignAnswer().fields if name not in _ADDED]
