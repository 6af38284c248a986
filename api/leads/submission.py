"""Creating leads: one, many, and the preview of a commission."""

from typing import Any, ClassVar
from uuid import UUID, uuid5

from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.content import to_json
from api.idempotency import idempotency_key
from api.leads.answers import bulk_result, lead_answer
from api.leads.serializers import (
    BulkAnswer,
    BulkBody,
    BulkBodySchema,
    CreatedLead,
    LeadBody,
    PreviewAnswer,
    PreviewBody,
)
from api.operations import INFLUENCER, Operation, checked
from api.throttling import LEAD_CREATION, count_request
from leads.errors import (
    AgreementInactive,
    CampaignCannotTakeLeads,
    CampaignNotFound,
    CampaignPaused,
    DepositNotUsable,
    DuplicateLead,
    LeadDoesNotFit,
)
from leads.models import Lead, LeadConsent
from leads.selectors.submission import estimate_commission
from leads.services import LeadSubmission, create_lead
from leads.services.bulk import LeadOrder, create_leads
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.visitor import client_ip

REFUSALS: tuple[type[Refusal], ...] = (
    CampaignNotFound,
    CampaignPaused,
    AgreementInactive,
    DuplicateLead,
    CampaignCannotTakeLeads,
    DepositNotUsable,
    LeadDoesNotFit,
)

EXAMPLE = {
    "campaign_id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
    "customer_name": "Ahmed Bennani",
    "customer_email": "ahmed@email.com",
    "customer_phone": "+212 6 12 34 56 78",
    "customer_company": "TechCorp",
    "estimated_value": 1500.00,
    "source": "instagram",
    "customer_notes": "Intéressé par service premium",
}


def lead_submission(body: dict[str, Any], address: str | None, submission_key: UUID | None = None) -> LeadSubmission:
    """Return the checked fields of a LeadBody as the service takes them."""
    return LeadSubmission(
        customer_name=body["customer_name"],
        customer_email=body["customer_email"],
        customer_phone=body["customer_phone"],
        estimated_value=body["estimated_value"],
        source=body["source"],
        customer_company=body.get("customer_company") or "",
        customer_notes=body.get("customer_notes") or "",
        consent_confirmed=body["consent"],
        consent_channel=LeadConsent.Channel.API,
        ip_address=address,
        submission_key=submission_key,
    )


class CreateLead(Operation):
    """Create a lead.

    Computes the commission by the campaign's terms, reserves it on the merchant's deposit and tells the merchant. Sending a
    lead confirms that the person agreed that their data go to this merchant. At most 120 a minute.
    """

    tag = "leads"
    roles = INFLUENCER
    limits = LEAD_CREATION
    body = LeadBody
    answer = CreatedLead
    success_status = 201
    refusals = REFUSALS
    examples: ClassVar = [OpenApiExample("lead", value=EXAMPLE, request_only=True, summary="A lead")]

    def post(self, request: Request) -> Response:
        body = self.read()
        lead = create_lead(
            influencer_id=self.actor.influencer_id,
            campaign_id=body["campaign_id"],
            submission=lead_submission(body, client_ip(request._request)),
        )
        return Response({"success": True, "lead": lead_answer(lead)}, status=self.success_status)


class CreateLeads(Operation):
    """Create up to 100 leads.

    Each lead stands alone: one that is refused has its own `error`, the others are created. Every lead created counts
    towards the limit of 120 a minute. With an Idempotency-Key a repeated call never creates a lead twice.
    """

    tag = "leads"
    roles = INFLUENCER
    limits = LEAD_CREATION
    own_transactions = True
    body = BulkBodySchema
    answer = BulkAnswer

    def post(self, request: Request) -> Response:
        rows = checked(BulkBody, request.data)["leads"]
        results: dict[int, Lead | Refusal | ValidationError] = {}
        orders: dict[int, LeadOrder] = {}
        for index, row in enumerate(rows):
            try:
                body = checked(LeadBody, row)
            except ValidationError as error:
                results[index] = error
            else:
                submission = lead_submission(body, client_ip(request._request), _submission_key(request, index, row))
                orders[index] = LeadOrder(body["campaign_id"], submission)
        created = create_leads(actor=self.actor, orders=list(orders.values()))
        results |= zip(orders, created, strict=True)
        count = sum(isinstance(result, Lead) for result in created)
        if count > 1:
            count_request(request, LEAD_CREATION, weight=count - 1)
        with self.acting():
            return Response({"success": True, "results": [bulk_result(n, results[n]) for n in range(len(rows))]})


class PreviewCommission(Operation):
    """Preview a commission.

    What a lead of this value would cost the merchant and bring the influencer; by the platform's defaults without a campaign.
    `accepting_leads`: whether such a lead would be taken now.
    """

    tag = "leads"
    body = PreviewBody
    answer = PreviewAnswer
    refusals = (CampaignNotFound,)

    def post(self, request: Request) -> Response:
        estimate = estimate_commission(actor=self.actor, **self.read())
        return Response(
            {
                "success": True,
                "commission_amount": estimate.commission_amount,
                "commission_type": estimate.commission_type,
                "influencer_commission": estimate.influencer_commission_amount,
                "influencer_percentage": estimate.influencer_percentage,
                "accepting_leads": estimate.accepts_leads,
            }
        )


def _submission_key(request: Request, index: int, row: Any) -> UUID | None:
    """One key per row of a bulk with an Idempotency-Key: should the answer be lost, the same call finds its leads again."""
    key = idempotency_key(request)
    return uuid5(request.auth.principal_id, f"{index}:{key}:{to_json(row)}") if key else None
