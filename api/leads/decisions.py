"""The merchant decides a lead: validate, reject, outcome, return."""

from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.leads.answers import lead_answer
from api.leads.serializers import (
    AskedReturn,
    CreatedLead,
    OutcomeBody,
    RejectBody,
    RejectedLead,
    ReturnAnswer,
    ReturnBody,
    ValidateBody,
    ValidatedLead,
)
from api.operations import MERCHANT, Operation, shown
from leads.errors import (
    LeadAlreadyDecided,
    LeadNotReturnable,
    LeadNotValidated,
    LeadReturnExists,
    LeadReturnOpen,
    ReturnWindowOver,
)
from leads.models import Lead, RejectionReason
from leads.services import ask_return, mark_converted, mark_lost, reject_lead, validate_lead
from leads.services.decisions import MERCHANT_REASONS
from leadsmarket.lib.errors import InvalidInput


class ValidateLead(Operation):
    """Validate a lead.

    Deducts the commission from the deposit and credits the influencer's share. The same call again changes nothing; another
    decision made before is a `conflict`.
    """

    tag = "leads"
    roles = MERCHANT
    body = ValidateBody
    answer = ValidatedLead
    refusals = (LeadAlreadyDecided,)

    def put(self, request: Request, lead_id: UUID) -> Response:
        lead = validate_lead(lead_id=lead_id, **self.read())
        return Response({"success": True, "lead": lead_answer(lead), "commission_deducted": lead.commission_amount})


class RejectLead(Operation):
    """Reject a lead.

    Releases the reserved commission. The reason is one of the list, or free text, which is kept as `other`.
    """

    tag = "leads"
    roles = MERCHANT
    body = RejectBody
    answer = RejectedLead
    refusals = (LeadAlreadyDecided,)

    def put(self, request: Request, lead_id: UUID) -> Response:
        body = self.read()
        reason, details = body["rejection_reason"], body["rejection_details"]
        if reason not in MERCHANT_REASONS:
            reason, details = RejectionReason.OTHER, "\n".join(filter(None, (reason, details)))
        lead = reject_lead(lead_id=lead_id, rejection_reason=reason, rejection_details=details)
        return Response({"success": True, "lead": lead_answer(lead), "commission_released": lead.commission_amount})


class TellOutcome(Operation):
    """Tell the outcome of a validated lead.

    `converted`, with the real value of the sale where it is known, or `lost`.
    """

    tag = "leads"
    roles = MERCHANT
    body = OutcomeBody
    answer = CreatedLead
    refusals = (LeadNotValidated, LeadAlreadyDecided, LeadReturnOpen)

    def put(self, request: Request, lead_id: UUID) -> Response:
        body = self.read()
        if body["outcome"] == Lead.Status.CONVERTED:
            lead = mark_converted(lead_id=lead_id, actual_value=body["actual_value"])
        elif body["actual_value"] is not None:
            raise InvalidInput(fields={"actual_value": _("A lost lead has no value: leave this empty.")})
        else:
            lead = mark_lost(lead_id=lead_id)
        return Response({"success": True, "lead": lead_answer(lead)})


class ReturnLead(Operation):
    """Ask to return a validated lead.

    Within 7 days of the validation, and before its outcome is told. Staff decide; accepted, the commission goes back to the
    deposit.
    """

    tag = "leads"
    roles = MERCHANT
    body = ReturnBody
    answer = AskedReturn
    success_status = 201
    refusals = (LeadNotReturnable, ReturnWindowOver, LeadReturnExists)

    def post(self, request: Request, lead_id: UUID) -> Response:
        asked = ask_return(lead_id=lead_id, **self.read())
        return Response({"success": True, "return_request": shown(ReturnAnswer, asked)}, status=self.success_status)
