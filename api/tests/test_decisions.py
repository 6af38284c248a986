"""The merchant decides a lead by the API: product.md's rules, conflicts, foreign leads, returns."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from api.tests.conftest import caller_of
from api.tests.test_create_lead import amounts
from leads.models import Lead, LeadReturn, LeadValidation
from leads.services import validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.crowd import crowd


@pytest.fixture
def lead(personas):
    return personas.submit("600.00")


@pytest.fixture
def validated(personas, lead):
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def status_of(lead) -> str:
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk).status


BODIES = {
    "validate": {"quality_score": 8, "feedback": "Bien"},
    "reject": {"rejection_reason": "unreachable"},
    "outcome": {"outcome": "lost"},
}


def test_validating_twice_is_harmless_and_otherwise_is_a_conflict(personas, merchant, lead):
    first = merchant.put(f"leads/{lead.pk}/validate", BODIES["validate"])
    again = merchant.put(f"leads/{lead.pk}/validate", BODIES["validate"])

    assert first.status == again.status == 200
    assert again.text == first.text
    (decision,) = first.body["lead"]["decisions"]
    assert (decision["quality_score"], decision["feedback"]) == (8, "Bien")
    for action, body in (("validate", {"quality_score": 3}), ("reject", BODIES["reject"])):
        assert merchant.put(f"leads/{lead.pk}/{action}", body).error == (409, "conflict")
    assert amounts(personas) == (Decimal(4940), Decimal(0), Decimal(4940))


@pytest.mark.parametrize("score", [0, 11, -1, 8.5, "eight", None, True, [8]])
def test_a_score_is_a_whole_number_from_1_to_10(personas, merchant, lead, score):
    answer = merchant.put(f"leads/{lead.pk}/validate", {"quality_score": score})
    assert answer.error == (400, "validation_error")
    assert answer.fields == {"quality_score"}
    assert status_of(lead) == "pending"


@pytest.mark.parametrize(
    ("body", "reason", "details"),
    [
        ({"rejection_reason": "unreachable"}, "unreachable", ""),
        ({"rejection_reason": "fraud", "rejection_details": "Deux fois"}, "fraud", "Deux fois"),
        ({"rejection_reason": "other", "rejection_details": "Trop loin"}, "other", "Trop loin"),
        ({"rejection_reason": "Informations incomplètes"}, "other", "Informations incomplètes"),
        ({"rejection_reason": "expired"}, "other", "expired"),
    ],
)
def test_a_reason_is_a_code_or_words(personas, merchant, lead, body, reason, details):
    answer = merchant.put(f"leads/{lead.pk}/reject", body)

    assert answer.status == 200, answer.text
    assert answer.body["commission_released"] == Decimal("60.00")
    assert answer.body["lead"]["rejection_reason"] == reason
    with acting_as(SYSTEM):
        assert LeadValidation.objects.get(lead=lead).rejection_details == details
    assert amounts(personas) == (Decimal(5000), Decimal(0), Decimal(5000))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rejection_reason"),
        ({"rejection_reason": ""}, "rejection_reason"),
        ({"rejection_reason": "other"}, "rejection_details"),
        ({"rejection_reason": "x" * 501}, "rejection_reason"),
        ({"rejection_reason": "x" * 300, "rejection_details": "y" * 300}, "rejection_details"),
    ],
)
def test_a_rejection_needs_its_reason(personas, merchant, lead, body, field):
    answer = merchant.put(f"leads/{lead.pk}/reject", body)
    assert answer.error == (400, "validation_error")
    assert answer.fields == {field}
    assert status_of(lead) == "pending"


def test_a_validated_lead_becomes_a_sale(personas, merchant, validated):
    body = {"outcome": "converted", "actual_value": 1400.00}
    answer = merchant.put(f"leads/{validated.pk}/outcome", body)

    assert answer.status == 200, answer.text
    assert answer.body["lead"]["status"] == "converted"
    assert str(answer.body["lead"]["actual_value"]) == "1400.00"
    assert merchant.put(f"leads/{validated.pk}/outcome", body).text == answer.text
    assert merchant.put(f"leads/{validated.pk}/outcome", {"outcome": "lost"}).error == (409, "conflict")


def test_a_validated_lead_is_lost(personas, merchant, validated):
    assert merchant.put(f"leads/{validated.pk}/outcome", {"outcome": "lost"}).body["lead"]["status"] == "lost"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "won"}, "outcome"),
        ({"outcome": "lost", "actual_value": 5}, "actual_value"),
        ({"outcome": "converted", "actual_value": -1}, "actual_value"),
        ({"outcome": "converted", "actual_value": 1.005}, "actual_value"),
    ],
)
def test_an_outcome_that_does_not_fit_is_refused(personas, merchant, validated, body, field):
    answer = merchant.put(f"leads/{validated.pk}/outcome", body)
    assert answer.error == (400, "validation_error")
    assert answer.fields == {field}
    assert status_of(validated) == "validated"


def test_an_outcome_before_the_validation_is_a_conflict(personas, merchant, lead):
    assert merchant.put(f"leads/{lead.pk}/outcome", {"outcome": "lost"}).error == (409, "conflict")


def test_a_validated_lead_is_returned_once(personas, merchant, validated):
    body = {"reason": "wrong_contact", "details": "Numéro inconnu"}
    answer = merchant.post(f"leads/{validated.pk}/return", body)

    assert answer.status == 201, answer.text
    asked = answer.body["return_request"]
    assert (asked["lead_id"], asked["reason"], asked["status"]) == (str(validated.pk), "wrong_contact", "asked")
    assert merchant.post(f"leads/{validated.pk}/return", body).body["return_request"]["id"] == asked["id"]
    assert merchant.post(f"leads/{validated.pk}/return", {"reason": "fraud"}).error == (409, "conflict")
    assert merchant.get(f"leads/{validated.pk}").body["return_request"]["details"] == "Numéro inconnu"
    assert merchant.put(f"leads/{validated.pk}/outcome", {"outcome": "lost"}).error == (409, "conflict")


def test_a_return_that_cannot_be_is_refused(personas, merchant, lead):
    assert merchant.post(f"leads/{lead.pk}/return", {"reason": "fraud"}).error == (409, "conflict")
    assert merchant.post(f"leads/{lead.pk}/return", {"reason": "x"}).fields == {"reason"}
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    assert merchant.post(f"leads/{lead.pk}/return", {"reason": "other"}).fields == {"details"}
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        late = caller_of(personas.as_owner).post(f"leads/{lead.pk}/return", {"reason": "fraud"})
    assert late.error == (409, "conflict")
    with acting_as(SYSTEM):
        assert not LeadReturn.objects.exists()


@pytest.mark.parametrize("action", ["validate", "reject", "outcome", "return"])
def test_anothers_lead_and_a_missing_one_are_told_alike(personas, lead, action):
    body = BODIES.get(action, {"reason": "fraud"})
    method = "POST" if action == "return" else "PUT"
    stranger = caller_of(personas.as_other_owner)

    foreign = stranger(method, f"leads/{lead.pk}/{action}", body)
    missing = stranger(method, f"leads/{new_id()}/{action}", body)

    assert foreign.error == missing.error == (404, "not_found")
    assert foreign.text == missing.text
    assert status_of(lead) == "pending"


@pytest.mark.parametrize("action", ["validate", "reject", "outcome", "return"])
def test_only_a_merchant_decides(personas, influencer, staff, stranger, lead, action):
    method = "POST" if action == "return" else "PUT"
    for caller in (influencer, staff):
        assert caller(method, f"leads/{lead.pk}/{action}", BODIES.get(action, {})).error == (403, "permission_denied")
    assert stranger(method, f"leads/{lead.pk}/{action}", {}).error == (401, "not_authenticated")
    assert status_of(lead) == "pending"


def test_of_two_decisions_at_once_the_first_wins(committed_personas):
    personas = committed_personas
    lead = personas.submit("600.00")
    with crowd(2) as threads:
        answers = threads.at_once(
            lambda: caller_of(personas.as_owner).put(f"leads/{lead.pk}/validate", {"quality_score": 8}),
            lambda: caller_of(personas.as_member).put(f"leads/{lead.pk}/reject", {"rejection_reason": "fraud"}),
        )
    assert sorted(answer.status for answer in answers) == [200, 409]


def test_previews_are_each_sides_own(personas, merchant, influencer, staff):
    body = {"campaign_id": personas.campaign.pk, "estimated_value": 600}
    expected = {
        "success": True,
        "commission_amount": Decimal("60.00"),
        "commission_type": "percentage",
        "influencer_commission": Decimal("18.00"),
        "influencer_percentage": Decimal("30.00"),
        "accepting_leads": True,
    }
    for caller in (merchant, influencer, staff, caller_of(personas.as_other_influencer)):
        assert caller.post("leads/preview-commission", body).body == expected
        assert caller.post("leads/preview-commission", {"estimated_value": "600.00"}).body == expected
    foreign = caller_of(personas.as_other_owner).post("leads/preview-commission", body)
    assert foreign.error == (404, "not_found")
    for value in (49.99, 0, -5, "x"):
        answer = merchant.post("leads/preview-commission", {"estimated_value": value})
        assert answer.error == (400, "validation_error")
        assert answer.fields == {"estimated_value"}
