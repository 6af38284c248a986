"""Agreement pages: applications, invitations, terms and steps, from both sides; with and without htmx."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import InfluencerAgreement
from leads.services import (
    accept_agreement,
    apply_to_campaign,
    create_campaign,
    end_campaign,
    invite_influencer,
    terminate_agreement,
    validate_lead,
)
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import make_influencer

HTMX = {"HTTP_HX_REQUEST": "true"}
TERMS = {
    "commission_percentage": "35,5",
    "minimum_deposit": "3000",
    "quality_threshold": "6.5",
    "requires_validation": "on",
}


@pytest.fixture
def application(personas):
    """Yassine's application to Atlas' campaign."""
    with acting_as(personas.as_other_influencer):
        return apply_to_campaign(
            influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk, message="Bonjour"
        )


@pytest.fixture
def invitation(personas):
    """Atlas' invitation to Yassine, for all campaigns."""
    with acting_as(personas.as_owner):
        return invite_influencer(merchant_id=personas.merchant.pk, email="yassine@exemple.ma")


def url(name, *args):
    return reverse(f"leads:{name}", args=args)


def step(agreement, name):
    return url("agreement_step", agreement.pk, name)


def events(response):
    return set(json.loads(response["HX-Trigger"]))


def stored(agreement):
    with acting_as(SYSTEM):
        agreement.refresh_from_db()
    return agreement


def queries_of(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def add_agreements(personas, count, status="active"):
    with acting_as(SYSTEM):
        for number in range(count):
            _user, influencer = make_influencer(f"influenceur{number}@exemple.ma", f"Influenceur {number}")
            agreement = apply_to_campaign(influencer_id=influencer.pk, campaign_id=personas.campaign.pk)
            if status == "active":
                accept_agreement(agreement_id=agreement.pk)


# --- The merchant's page ------------------------------------------------------------------------------------------------


def test_applications_come_first_with_their_number(personas, open_as, application):
    response = open_as(personas.member).get(url("agreements"))

    page = response.content.decode()
    assert [agreement.pk for agreement in response.context["requests"]] == [application.pk]
    assert [row.agreement.pk for row in response.context["rows"]] == [personas.agreement.pk]
    assert page.index("Applications to answer") < page.index("Yassine") < page.index("Salma")
    assert "Bonjour" in page


def test_list_shows_the_performance_of_each_influencer(personas, open_as):
    for score in (8, 9):
        lead = personas.submit("600.00")
        with acting_as(personas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=score)
    personas.submit("600.00")

    response = open_as(personas.owner).get(url("agreements"))

    performance = response.context["rows"][0].performance
    assert (performance.total_count, performance.validation_percentage) == (3, Decimal(100))
    assert "100\u00a0%" in response.content.decode()
    assert "8.5" in response.content.decode()


def test_list_is_filtered_by_state(personas, open_as):
    client = open_as(personas.owner)
    with acting_as(personas.as_owner):
        terminate_agreement(agreement_id=personas.agreement.pk, reason="Fin de saison")

    assert "No influencer yet" in client.get(url("agreements")).content.decode()
    assert "No agreement in this state" in client.get(url("agreements"), {"state": "suspended"}).content.decode()
    ended = client.get(url("agreements"), {"state": "ended"}, **HTMX).content.decode()
    assert "Fin de saison" in ended
    assert "<html" not in ended
    assert client.get(url("agreements"), {"state": "nonsense"}).context["state"] == "open"


def test_queries_do_not_grow_with_the_lists(personas, open_as):
    merchant = open_as(personas.owner)
    influencer = open_as(personas.influencer_user)
    for client in (merchant, influencer):
        queries_of(client, url("agreements"))
    few = [queries_of(client, url("agreements")) for client in (merchant, influencer)]

    add_agreements(personas, 6)
    with acting_as(SYSTEM):
        for number in range(5):
            campaign = create_campaign(merchant_id=personas.merchant.pk, name=f"C{number}", service="S")
            apply_to_campaign(influencer_id=personas.influencer.pk, campaign_id=campaign.pk)

    assert [queries_of(client, url("agreements")) for client in (merchant, influencer)] == few


def test_list_has_keyset_pages(personas, open_as):
    add_agreements(personas, 27)
    client = open_as(personas.owner)

    first = client.get(url("agreements"))
    second = client.get(url("agreements") + first.context["next_url"])

    assert (len(first.context["rows"]), len(second.context["rows"])) == (25, 3)
    assert second.context["rows"][-1].agreement.pk == personas.agreement.pk


# --- Answering an application ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_merchant_accepts_with_terms(personas, open_as, application, headers):
    client = open_as(personas.member)
    assert 'value="30.00"' in client.get(step(application, "accept"), **headers).content.decode()

    response = client.post(step(application, "accept"), TERMS, **headers)

    if headers:
        assert events(response) == {"agreements-changed", "closeDialog"}
        assert "The agreement is active." in response.content.decode()
    else:
        assert response["Location"] == url("agreements")
    agreement = stored(application)
    assert agreement.status == "active"
    assert (agreement.commission_percentage, agreement.minimum_deposit) == (Decimal("35.50"), Decimal("3000.00"))
    assert agreement.quality_threshold == Decimal("6.50")
    assert (agreement.requires_validation, agreement.auto_payment) == (True, False)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_terms_that_do_not_fit_keep_what_was_typed(personas, open_as, application, headers):
    client = open_as(personas.owner)
    for field, value in [
        ("commission_percentage", "101"),
        ("commission_percentage", "-1"),
        ("commission_percentage", "trente"),
        ("commission_percentage", ""),
        ("quality_threshold", "bonne"),
        ("quality_threshold", "11"),
        ("quality_threshold", "0,99"),
        ("quality_threshold", "6.555"),
        ("minimum_deposit", "-1"),
        ("minimum_deposit", "1e400"),
    ]:
        for address in (step(application, "accept"), url("agreement", personas.agreement.pk)):
            response = client.post(address, TERMS | {field: value}, **headers)

            page = response.content.decode()
            assert response.status_code == 422, (field, value)
            assert list(response.context["form"].errors) == [field]
            assert f'id="id_{field}_error"' in page
            assert f'value="{value}"' in page or not value
            assert ("<html" in page) is not bool(headers)
    assert stored(application).status == "pending"
    assert stored(personas.agreement).commission_percentage == Decimal("30.00")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_merchant_declines_an_application(personas, open_as, application, headers):
    client = open_as(personas.owner)
    assert "Decline the request" in client.get(step(application, "decline"), **headers).content.decode()

    response = client.post(step(application, "decline"), **headers)

    text = response.content.decode() if headers else client.get(response["Location"]).content.decode()
    assert "The request is declined." in text
    assert stored(application).status == "terminated"


# --- Steps and terms of an agreement ------------------------------------------------------------------------------------


def test_merchant_suspends_with_a_reason_resumes_and_ends(personas, open_as):
    client = open_as(personas.member)
    agreement = personas.agreement

    client.post(step(agreement, "suspend"), {"reason": "Trop de doublons"}, **HTMX)
    assert (stored(agreement).status, agreement.status_reason) == ("suspended", "Trop de doublons")
    assert "Trop de doublons" in client.get(url("agreements")).content.decode()
    assert "Trop de doublons" in open_as(personas.influencer_user).get(url("agreements")).content.decode()

    client.post(step(agreement, "resume"), **HTMX)
    assert (stored(agreement).status, agreement.status_reason) == ("active", "")

    assert "End the agreement" in client.get(step(agreement, "terminate")).content.decode()
    response = client.post(step(agreement, "terminate"), {"reason": ""})
    assert response["Location"] == url("agreements")
    assert stored(agreement).status == "terminated"


def test_reason_too_long_is_kept_with_its_error(personas, open_as):
    response = open_as(personas.owner).post(step(personas.agreement, "suspend"), {"reason": "r" * 201}, **HTMX)

    assert response.status_code == 422
    assert "r" * 201 in response.content.decode()
    assert 'id="id_reason_error"' in response.content.decode()
    assert stored(personas.agreement).status == "active"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_merchant_changes_the_terms(personas, open_as, headers):
    client = open_as(personas.owner)
    assert "Terms of the agreement" in client.get(url("agreement", personas.agreement.pk), **headers).content.decode()

    response = client.post(url("agreement", personas.agreement.pk), TERMS, **headers)

    assert response.status_code == (200 if headers else 302)
    assert stored(personas.agreement).commission_percentage == Decimal("35.50")


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("name", ["resume", "suspend", "accept", "decline", "terms"])
def test_step_no_longer_possible_is_told_and_the_list_reloads(personas, open_as, name, headers):
    client = open_as(personas.owner)
    with acting_as(personas.as_owner):
        terminate_agreement(agreement_id=personas.agreement.pk)
    address = url("agreement", personas.agreement.pk) if name == "terms" else step(personas.agreement, name)

    response = client.post(address, TERMS, **headers)

    if name == "decline":  # it is over already: repeating is harmless
        assert stored(personas.agreement).status == "terminated"
        return
    text = response.content.decode() if headers else client.get(response["Location"]).content.decode()
    assert "This step is not possible" in text
    if headers:
        assert events(response) == {"agreements-changed", "closeDialog"}
    assert stored(personas.agreement).status == "terminated"


# --- Inviting -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("for_one", [True, False])
def test_merchant_invites_for_one_campaign_or_for_all(personas, open_as, headers, for_one):
    client = open_as(personas.member)
    typed = TERMS | {"email": "Yassine@exemple.ma", "campaign": personas.campaign.pk if for_one else ""}

    response = client.post(url("invite"), typed, **headers)

    assert response.status_code == (200 if headers else 302)
    with acting_as(personas.as_other_influencer):
        agreement = InfluencerAgreement.objects.get()
    assert agreement.campaign_id == (personas.campaign.pk if for_one else None)
    assert (agreement.status, agreement.is_invitation) == ("pending", True)
    assert agreement.commission_percentage == Decimal("35.50")
    page = client.get(url("agreements"))
    assert "Invitation sent" in page.content.decode()
    assert page.context["requests"] == []


def test_invitation_form_offers_own_campaigns_that_are_not_ended(personas, open_as):
    with acting_as(personas.as_owner):
        ended = create_campaign(merchant_id=personas.merchant.pk, name="Finie", service="S")
        end_campaign(campaign_id=ended.pk)

    response = open_as(personas.owner).get(url("invite"), {"campaign": personas.campaign.pk}, **HTMX)

    page = response.content.decode()
    assert page.count("<option") == 2
    assert "All my campaigns" in page
    assert f'value="{personas.campaign.pk}" selected' in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_invitation_that_does_not_fit_keeps_what_was_typed(personas, open_as, headers):
    client = open_as(personas.owner)
    for field, value in [
        ("email", "personne@exemple.ma"),
        ("email", "pas-une-adresse"),
        ("email", ""),
        ("commission_percentage", "101"),
        ("campaign", str(personas.other_campaign.pk)),
        ("campaign", "x"),
    ]:
        response = client.post(url("invite"), TERMS | {"email": "yassine@exemple.ma", field: value}, **headers)

        page = response.content.decode()
        assert response.status_code == 422, (field, value)
        assert list(response.context["form"].errors) == [field]
        assert f'id="id_{field}_error"' in page
        assert 'value="35,5"' in page or field == "commission_percentage"
    with acting_as(SYSTEM):
        assert InfluencerAgreement.objects.count() == 1


def test_invitation_of_somebody_under_agreement_is_told_on_the_form(personas, open_as):
    typed = TERMS | {"email": "salma@exemple.ma", "campaign": personas.campaign.pk}

    response = open_as(personas.owner).post(url("invite"), typed, **HTMX)

    assert response.status_code == 422
    assert "There is already an agreement or a request" in response.content.decode()
    assert 'value="salma@exemple.ma"' in response.content.decode()


# --- The influencer's page --------------------------------------------------------------------------------------------------


def test_influencer_sees_own_agreements_with_what_they_earn(personas, open_as):
    response = open_as(personas.influencer_user).get(url("agreements"))

    (agreement,) = response.context["agreements"]
    assert (agreement.share_of_first_example, agreement.share_of_second_example) == (Decimal("18.00"), Decimal("24.00"))
    assert agreement.takes_leads is True
    assert f"{url('new')}?campaign={personas.campaign.pk}" in response.content.decode()
    assert "5,000" not in response.content.decode()


def test_influencer_without_agreement_is_shown_where_to_find_one(personas, open_as):
    page = open_as(personas.other_influencer_user).get(url("agreements")).content.decode()

    assert "No agreement yet" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_influencer_accepts_an_invitation_as_it_stands(personas, open_as, invitation, headers):
    client = open_as(personas.other_influencer_user)
    assert "Invitations to answer" in client.get(url("agreements")).content.decode()
    assert "commission_percentage" not in client.get(step(invitation, "accept")).content.decode()

    response = client.post(step(invitation, "accept"), TERMS, **headers)

    assert response.status_code == (200 if headers else 302)
    assert stored(invitation).status == "active"
    assert invitation.commission_percentage == Decimal("30.00")


def test_influencer_declines_an_invitation(personas, open_as, invitation):
    response = open_as(personas.other_influencer_user).post(step(invitation, "decline"), **HTMX)

    assert "The request is declined." in response.content.decode()
    assert stored(invitation).status == "terminated"


def test_each_side_can_take_its_own_request_back(personas, open_as, application, invitation):
    influencer = open_as(personas.other_influencer_user)
    assert "Withdraw the request" in influencer.get(step(application, "decline")).content.decode()

    answer = influencer.post(step(application, "decline"), **HTMX).content.decode()
    assert "The application is withdrawn." in answer
    answer = open_as(personas.owner).post(step(invitation, "decline"), **HTMX).content.decode()
    assert "The invitation is withdrawn." in answer

    assert [stored(agreement).status for agreement in (application, invitation)] == ["terminated", "terminated"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_side_that_asked_cannot_accept(personas, open_as, application, invitation, headers):
    open_as(personas.other_influencer_user).post(step(application, "accept"), TERMS, **headers)
    open_as(personas.owner).post(step(invitation, "accept"), TERMS, **headers)

    assert [stored(agreement).status for agreement in (application, invitation)] == ["pending", "pending"]
    assert application.commission_percentage == Decimal("30.00")


# --- Who may ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stranger", ["other_owner", "other_influencer_user"])
def test_anothers_agreement_does_not_exist(personas, open_as, stranger):
    client = open_as(getattr(personas, stranger))
    for name in ("accept", "decline"):
        assert client.get(step(personas.agreement, name)).status_code == 404
        assert client.post(step(personas.agreement, name), TERMS, **HTMX).status_code == 404
    if stranger == "other_owner":
        assert client.post(step(personas.agreement, "terminate"), **HTMX).status_code == 404
        assert client.post(url("agreement", personas.agreement.pk), TERMS).status_code == 404
        assert "Salma" not in client.get(url("agreements")).content.decode()

    assert stored(personas.agreement).status == "active"


def test_influencer_cannot_steer_an_agreement(personas, open_as):
    client = open_as(personas.influencer_user)
    for name in ("suspend", "resume", "terminate"):
        assert client.post(step(personas.agreement, name), **HTMX).status_code == 403
    assert client.get(url("agreement", personas.agreement.pk)).status_code == 403
    assert client.get(url("invite")).status_code == 403

    assert stored(personas.agreement).status == "active"


def test_staff_and_visitors_have_their_own_places(personas, open_as, client):
    for address in (url("agreements"), url("campaigns"), step(personas.agreement, "accept"), url("invite")):
        assert open_as(personas.staff).get(address).status_code == 403
        assert client.get(address).status_code == 302


def test_unknown_step_does_not_exist(personas, open_as):
    assert open_as(personas.owner).post(step(personas.agreement, "delete")).status_code == 404
