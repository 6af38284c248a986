"""Agreements: an influencer asks, the merchant answers and sets the terms."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from api.agreements.serializers import (
    AgreementAnswer,
    AgreementPage,
    AgreementQuery,
    AskAgreementBody,
    ChangeAgreementBody,
    ChangedAgreement,
)
from api.operations import INFLUENCER, MERCHANT, Operation, shown
from api.pagination import page_answer
from leads.errors import AgreementExists, AgreementNotFound, CampaignNotFound, StepNotPossible
from leads.models import InfluencerAgreement
from leads.selectors.own import own_agreements, own_order
from leads.services import apply_to_campaign, update_agreement
from leadsmarket.lib.actor import Actor


class ListAgreements(Operation):
    """List agreements.

    A merchant's with influencers, an influencer's with merchants; requests and ended ones too, the latest first.
    """

    tag = "agreements"
    query = AgreementQuery
    answer = AgreementPage

    def get(self, request: Request) -> Response:
        query = self.read_query()
        agreements = own_agreements(self.actor, status=query.get("status", ""), campaign_id=query.get("campaign"))
        return Response(
            page_answer(
                request,
                agreements,
                order=own_order(self.actor),
                query=query,
                results=lambda found: (shown(AgreementAnswer, one) for one in found),
            )
        )


class AskForAgreement(Operation):
    """Ask for an agreement.

    On one active campaign; the merchant accepts or declines.
    """

    tag = "agreements"
    roles = INFLUENCER
    body = AskAgreementBody
    answer = ChangedAgreement
    success_status = 201
    refusals = (CampaignNotFound, AgreementExists)

    def post(self, request: Request) -> Response:
        assert self.actor.influencer_id is not None  # noqa: S101 - the role says so
        agreement = apply_to_campaign(influencer_id=self.actor.influencer_id, **self.read())
        return Response(_changed(self.actor, agreement), status=self.success_status)


class ChangeAgreement(Operation):
    """Answer or change an agreement.

    The merchant accepts an application (`active`), suspends, resumes (`active`) and ends (`terminated`) an agreement, and
    changes its terms for the leads to come. The same call again changes nothing.
    """

    tag = "agreements"
    roles = MERCHANT
    body = ChangeAgreementBody
    answer = ChangedAgreement
    refusals = (AgreementNotFound, StepNotPossible)
    examples: ClassVar = [
        OpenApiExample(
            "accept",
            value={"status": "active", "commission_percentage": 30.00},
            request_only=True,
            summary="Accept an application",
        )
    ]

    def put(self, request: Request, agreement_id: UUID) -> Response:
        terms = self.read()
        status, reason = terms.pop("status", None), terms.pop("reason")
        agreement = update_agreement(agreement_id=agreement_id, status=status, reason=reason, terms=terms)
        return Response(_changed(self.actor, agreement))


def _changed(actor: Actor, agreement: InfluencerAgreement) -> dict[str, Any]:
    return {"success": True, "agreement": shown(AgreementAnswer, own_agreements(actor).get(pk=agreement.pk))}
