"""Leads as the API shows them."""

from typing import Any

from rest_framework.exceptions import ValidationError

from api.errors import expected_answer
from api.leads.serializers import DecisionAnswer, LeadRowAnswer, ReturnAnswer
from api.operations import shown
from leads.models import Lead, LeadReturn, LeadValidation
from leads.selectors.leads import return_of
from leadsmarket.lib.errors import Refusal


def lead_row(lead: Lead) -> dict[str, Any]:
    """Return a lead as lists show it; no query."""
    return shown(LeadRowAnswer, lead)


def lead_answer(lead: Lead) -> dict[str, Any]:
    """Return a lead with its decisions and return. Two queries; none for one that waits for its decision."""
    if lead.status == Lead.Status.PENDING:
        return lead_with(lead, [], None)
    return lead_with(lead, list(lead.decisions.order_by("created_at", "id")), return_of(lead.pk))


def lead_with(lead: Lead, decisions: list[LeadValidation], asked: LeadReturn | None) -> dict[str, Any]:
    """Return a lead with decisions and return that were read already."""
    return lead_row(lead) | {
        "decisions": [shown(DecisionAnswer, decision) for decision in decisions],
        "return_request": shown(ReturnAnswer, asked) if asked else None,
    }


def bulk_result(index: int, result: Lead | Refusal | ValidationError) -> dict[str, Any]:
    """Return what became of one lead of several."""
    if isinstance(result, Lead):
        return {"index": index, "success": True, "lead": lead_answer(result)}
    answer = expected_answer(result)
    return {"index": index, "success": False, "error": answer.error if answer else {}}
