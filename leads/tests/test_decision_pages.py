"""Validate, reject and outcome: dialogs and pages, what they change, and everything that can go wrong meanwhile."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads.models import InfluencerBalance, Lead, LeadValidation, RejectionReason
from leads.services import expire_leads, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, mad

HTMX = {"HTTP_HX_REQUEST": "true"}
STEPS = ("validate", "reject", "outcome")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.owner, client_of)


def url(step: str, lead: Lead) -> str:
    return reverse(f"leads:{step}", args=[lead.pk])


def events(response) -> list[str]:
    return list(json.loads(response["HX-Trigger"]))


def toasts(response) -> list[str]:
    found = re.findall(
        r'class="toast-note toast-(\w+)".*?toast-text">(.*?)</div>', response.content.decode(), re.DOTALL
    )
    return [f"{level}: {text.strip()}" for level, text in found if level != "danger" or "reached" not in text]


def amounts(personas) -> tuple[Decimal, Decimal]:
    with acting_as(personas.as_owner):
        personas.deposit.refresh_from_db()
    return personas.deposit.current_balance, personas.deposit.reserved_amount


def stored(lead: Lead) -> Lead:
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk)


def decisions_of(lead: Lead) -> list[LeadValidation]:
    with acting_as(SYSTEM):
        return list(LeadValidation.objects.filter(lead_id=lead.pk).order_by("created_at"))


def assert_untouched(personas, lead: Lead) -> None:
    assert stored(lead).status == Lead.Status.PENDING
    assert amounts(personas) == (Decimal("5000.00"), Decimal("60.00"))
    assert decisions_of(lead) == []


def test_validate_dialog_says_what_it_costs(client, personas):
    lead = personas.submit("600.00")

    dialog = client.get(url("validate", lead), **HTMX).content.decode()
    page = client.get(url("validate", lead)).content.decode()

    assert "<dialog" in dialog
    assert "<html" not in dialog
    assert "<html" in page
    assert "<dialog" not in page
    for text in (dialog, page):
        assert mad("60.00") in text
        assert mad("4940.00") in text
        assert len(re.findall(r'type="radio" name="quality_score"', text)) == 10


def test_validating_in_the_dialog_deducts_closes_and_tells(client, personas):
    lead = personas.submit("600.00")

    response = client.post(url("validate", lead), {"quality_score": "8", "feedback": "Merci"}, **HTMX)

    assert response.status_code == 200
    assert response["HX-Reswap"] == "none"
    assert events(response) == ["leads-changed", "deposit-changed", "closeDialog"]
    assert toasts(response) == [f"success: Lead validated: {mad('60.00')} deducted, {mad('4940.00')} left."]
    assert amounts(personas) == (Decimal("4940.00"), Decimal("0.00"))
    assert (stored(lead).status, stored(lead).quality_score) == ("validated", 8)
    assert [(one.decision, one.feedback, one.user_id) for one in decisions_of(lead)] == [
        ("validated", "Merci", personas.owner.pk)
    ]
    with acting_as(personas.as_influencer):
        assert InfluencerBalance.objects.get().earned_amount == Decimal("18.00")


def test_validating_without_javascript_leads_back_to_the_list(client, personas):
    lead = personas.submit("600.00")

    response = client.post(url("validate", lead), {"quality_score": "8"}, follow=True)

    assert response.redirect_chain == [(reverse("leads:pending"), 302)]
    assert f"success: Lead validated: {mad('60.00')} deducted, {mad('4940.00')} left." in toasts(response)


def test_rejecting_releases_and_tells(client, personas):
    lead = personas.submit("600.00")

    response = client.post(url("reject", lead), {"rejection_reason": "unreachable"}, **HTMX)

    assert toasts(response) == [f"success: Lead rejected: {mad('60.00')} released."]
    assert events(response) == ["leads-changed", "deposit-changed", "closeDialog"]
    assert amounts(personas) == (Decimal("5000.00"), Decimal("0.00"))
    assert stored(lead).rejection_reason == RejectionReason.UNREACHABLE


def test_another_reason_is_kept_with_its_text(client, personas):
    lead = personas.submit("600.00")

    client.post(url("reject", lead), {"rejection_reason": "other", "rejection_details": "Numéro d'un voisin"})

    assert decisions_of(lead)[0].rejection_details == "Numéro d'un voisin"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_bad_score_is_refused_beside_the_field(client, personas, headers):
    lead = personas.submit("600.00")

    for score in ("0", "11", "abc", "8.5", "-1", "", "1e1", "٨"):
        data = {"quality_score": score, "feedback": "Je garde ce texte"}
        response = client.post(url("validate", lead), data, **headers)
        page = response.content.decode()
        assert response.status_code == 422, score
        assert 'id="id_quality_score_error"' in page
        assert "Choose a score from 1 to 10." in page
        assert "Je garde ce texte" in page
    assert client.post(url("validate", lead), {}, **headers).status_code == 422
    assert_untouched(personas, lead)


def test_too_long_feedback_is_refused(client, personas):
    lead = personas.submit("600.00")

    response = client.post(url("validate", lead), {"quality_score": "8", "feedback": "x" * 1001}, **HTMX)

    assert response.status_code == 422
    assert 'id="id_feedback_error"' in response.content.decode()
    assert_untouched(personas, lead)


def test_a_bad_reason_is_refused_beside_the_field(client, personas):
    lead = personas.submit("600.00")

    for data in ({}, {"rejection_reason": ""}, {"rejection_reason": "expired"}, {"rejection_reason": "bored"}):
        response = client.post(url("reject", lead), data, **HTMX)
        assert response.status_code == 422, data
        assert 'id="id_rejection_reason_error"' in response.content.decode()
    assert_untouched(personas, lead)


def test_another_reason_needs_words(client, personas):
    lead = personas.submit("600.00")

    for details in ("", "   \n"):
        data = {"rejection_reason": "other", "rejection_details": details}
        response = client.post(url("reject", lead), data, **HTMX)
        page = response.content.decode()
        assert response.status_code == 422
        assert 'id="id_rejection_details_error"' in page
        assert re.search(r'value="other"[^>]*checked', page)
    assert_untouched(personas, lead)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_decided_in_another_tab_is_a_clear_warning(client, personas, headers):
    lead = personas.submit("600.00")
    with acting_as(personas.as_member):
        reject_lead(lead_id=lead.pk, rejection_reason="fraud")

    answers = [
        client.get(url("validate", lead), follow=True, **headers),
        client.post(url("validate", lead), {"quality_score": "8"}, follow=True, **headers),
        client.post(url("validate", lead), {"quality_score": "99"}, follow=True, **headers),
        client.post(url("reject", lead), {"rejection_reason": "duplicate"}, follow=True, **headers),
        client.post(url("outcome", lead), {"outcome": "lost"}, follow=True, **headers),
    ]

    for response in answers:
        assert response.status_code == 200
        assert "warning: This lead was rejected meanwhile. Nothing was changed." in toasts(response)
        if headers:
            assert events(response) == ["leads-changed", "deposit-changed", "closeDialog"]
        else:
            assert response.redirect_chain == [(reverse("leads:detail", args=[lead.pk]), 302)]
    assert len(decisions_of(lead)) == 1
    assert amounts(personas) == (Decimal("5000.00"), Decimal("0.00"))


def test_validated_in_another_tab_is_a_clear_warning(client, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_member):
        validate_lead(lead_id=lead.pk, quality_score=8)

    response = client.post(url("reject", lead), {"rejection_reason": "duplicate"}, **HTMX)

    assert toasts(response) == ["warning: This lead was validated meanwhile. Nothing was changed."]
    assert stored(lead).status == Lead.Status.VALIDATED


def test_expired_meanwhile_is_a_clear_warning(client, personas):
    lead = personas.submit("600.00")
    expire_leads(now=timezone.now() + timedelta(hours=73))

    response = client.post(url("validate", lead), {"quality_score": "8"}, **HTMX)

    expected = "This lead expired meanwhile and its reservation was released. Nothing was changed."
    assert toasts(response) == [f"warning: {expected}"]
    assert amounts(personas) == (Decimal("5000.00"), Decimal("0.00"))
    assert len(decisions_of(lead)) == 1


def test_double_submit_is_harmless(client, personas):
    lead = personas.submit("600.00")

    answers = [client.post(url("validate", lead), {"quality_score": "8"}, **HTMX) for _ in range(2)]

    for response in answers:
        assert toasts(response) == [f"success: Lead validated: {mad('60.00')} deducted, {mad('4940.00')} left."]
    assert amounts(personas) == (Decimal("4940.00"), Decimal("0.00"))
    assert len(decisions_of(lead)) == 1


def test_who_may_decide(personas, client_of):
    lead = personas.submit("600.00")
    data = {"quality_score": "8", "rejection_reason": "fraud", "outcome": "lost"}

    for step in STEPS:
        for method in ("get", "post"):
            for user, status in (
                (personas.other_owner, 404),
                (personas.influencer_user, 403),
                (personas.other_influencer_user, 403),
                (personas.staff, 403),
            ):
                response = getattr(client_of(user), method)(url(step, lead), data)
                assert response.status_code == status, (step, method, user)
            assert getattr(Client(), method)(url(step, lead), data).status_code == 302
    assert_untouched(personas, lead)

    response = client_of(personas.member).post(url("validate", lead), {"quality_score": "7"})
    assert response.status_code == 302
    assert stored(lead).status == Lead.Status.VALIDATED


def test_a_lead_that_does_not_exist_is_404(client):
    for step in STEPS:
        address = reverse(f"leads:{step}", args=[uuid4()])
        assert client.get(address).status_code == 404
        assert (
            client.post(address, {"quality_score": "8", "rejection_reason": "fraud", "outcome": "lost"}).status_code
            == 404
        )


def test_a_form_from_elsewhere_is_refused(personas):
    lead = personas.submit("600.00")
    client = Client(enforce_csrf_checks=True)
    with acting_as(SYSTEM):
        client.force_login(personas.owner)

    assert client.post(url("validate", lead), {"quality_score": "8"}).status_code == 403
    assert_untouched(personas, lead)


@pytest.fixture
def validated(personas) -> Lead:
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


@pytest.mark.parametrize(("typed", "value"), [("", None), ("750", "750.00"), ("1 250,50", "1250.50"), ("0", "0.00")])
def test_converted_with_its_value(client, validated, typed, value):
    response = client.post(url("outcome", validated), {"outcome": "converted", "actual_value": typed}, **HTMX)

    assert toasts(response) == ["success: Lead marked as converted."]
    assert events(response) == ["leads-changed", "closeDialog"]
    assert stored(validated).status == Lead.Status.CONVERTED
    assert stored(validated).actual_value == (Decimal(value) if value else None)


def test_lost_without_javascript(client, validated):
    response = client.post(url("outcome", validated), {"outcome": "lost"}, follow=True)

    assert response.redirect_chain == [(reverse("leads:detail", args=[validated.pk]), 302)]
    assert "success: Lead marked as lost." in toasts(response)
    assert stored(validated).status == Lead.Status.LOST


def test_a_bad_outcome_is_refused_beside_the_field(client, validated):
    refused = [
        ({}, "outcome"),
        ({"outcome": "pending"}, "outcome"),
        ({"outcome": "lost", "actual_value": "100"}, "actual_value"),
        ({"outcome": "converted", "actual_value": "-5"}, "actual_value"),
        ({"outcome": "converted", "actual_value": "1e9"}, "actual_value"),
        ({"outcome": "converted", "actual_value": "10.001"}, "actual_value"),
        ({"outcome": "converted", "actual_value": "10000000000"}, "actual_value"),
        ({"outcome": "converted", "actual_value": "abc"}, "actual_value"),
    ]
    for data, field in refused:
        response = client.post(url("outcome", validated), data, **HTMX)
        assert response.status_code == 422, data
        assert f'id="id_{field}_error"' in response.content.decode(), data
    assert stored(validated).status == Lead.Status.VALIDATED


def test_a_pending_lead_has_no_outcome(client, personas):
    lead = personas.submit("600.00")

    response = client.post(url("outcome", lead), {"outcome": "lost"}, **HTMX)

    assert toasts(response) == ["warning: This lead waits for a decision first."]
    assert_untouched(personas, lead)


def test_an_outcome_is_not_changed(client, validated):
    client.post(url("outcome", validated), {"outcome": "lost"}, **HTMX)

    response = client.post(url("outcome", validated), {"outcome": "converted"}, **HTMX)

    assert toasts(response) == ["warning: This lead is marked as lost already. Nothing was changed."]
    assert stored(validated).status == Lead.Status.LOST
