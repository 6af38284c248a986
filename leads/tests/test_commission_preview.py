"""The commission preview: amounts while one types, what is wrong with a value, and that nothing is stored."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import Lead
from leads.services import (
    accept_agreement,
    change_campaign,
    create_campaign,
    invite_influencer,
    pause_campaign,
    suspend_agreement,
)
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, plain_mad, text_of

URL = reverse("leads:preview")
NEW = reverse("leads:new")


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


@pytest.fixture
def live(client):
    """A function that asks for the preview as the page does while one types."""
    return lambda **typed: client.get(URL, typed, HTTP_HX_REQUEST="true")


@pytest.fixture
def without_script(client):
    """A function that presses "Preview"."""
    return lambda **typed: client.post(NEW, typed | {"action": "preview"})


def preview_of(response) -> str:
    html = response.content.decode()
    if 'id="commission-preview"' in html:
        html = html.split('id="commission-preview"', 1)[1].split("</section>", 1)[0]
    return text_of(html)


@pytest.mark.parametrize("way", ["live", "without_script"])
@pytest.mark.parametrize(
    ("typed", "commission", "share", "commission_type"),
    [
        ("600", "60.00", "18.00", "Percentage, 10 %"),
        ("٦٠٠", "60.00", "18.00", "Percentage, 10 %"),
        ("600,50", "60.05", "18.02", "Percentage, 10 %"),
        ("799.99", "80.00", "24.00", "Percentage, 10 %"),
        ("800", "80.00", "24.00", "Fixed"),
        ("1 500", "80.00", "24.00", "Fixed"),
        ("50", "5.00", "1.50", "Percentage, 10 %"),
    ],
)
def test_amounts_type_and_state_are_shown(personas, request, way, typed, commission, share, commission_type):
    preview = request.getfixturevalue(way)

    response = preview(campaign=str(personas.campaign.pk), estimated_value=typed)

    assert response.status_code == 200
    text = preview_of(response)
    assert f"Your share {plain_mad(share)}" in text
    assert f"Total commission {plain_mad(commission)}" in text
    assert f"Type {commission_type}" in text
    assert "This campaign takes leads now." in text
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()


@pytest.mark.parametrize("way", ["live", "without_script"])
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("49.99", f"The amount must be at least {plain_mad('50.00')}."),
        ("-5", f"The amount must be at least {plain_mad('50.00')}."),
        ("0", f"The amount must be at least {plain_mad('50.00')}."),
        ("100.001", "An amount has at most two decimals (centimes)."),
        ("abc", "Enter an amount in dirhams, such as 600 or 600.50."),
        ("1e400", "Enter an amount in dirhams, such as 600 or 600.50."),
        ("NaN", "Enter an amount in dirhams, such as 600 or 600.50."),
        ("sNaN", "Enter an amount in dirhams, such as 600 or 600.50."),
        ("Infinity", "Enter an amount in dirhams, such as 600 or 600.50."),
        ("\x00", "Enter an amount in dirhams, such as 600 or 600.50."),
        ("9" * 5000, "Enter an amount in dirhams, such as 600 or 600.50."),
        (str(10**12), f"The amount must be at most {plain_mad('9999999999.99')}."),
    ],
)
def test_bad_value_is_explained(personas, request, way, typed, message):
    preview = request.getfixturevalue(way)

    response = preview(campaign=str(personas.campaign.pk), estimated_value=typed)

    assert response.status_code == 200
    assert message.replace("\xa0", " ") in preview_of(response)
    assert "Total commission" not in preview_of(response)


@pytest.mark.parametrize("way", ["live", "without_script"])
@pytest.mark.parametrize("campaign", ["", "abc", "' OR 1=1", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_campaign_may_be_anything(request, way, campaign):
    response = request.getfixturevalue(way)(campaign=campaign, estimated_value="600")

    assert response.status_code == 200
    assert "Choose a campaign" in preview_of(response)


def test_another_merchants_campaign_is_not_previewed(personas, live):
    assert "Your share" not in preview_of(live(campaign=str(personas.other_campaign.pk), estimated_value="600"))


def test_without_a_value_the_rules_are_shown(personas, live):
    text = preview_of(live(campaign=str(personas.campaign.pk), estimated_value=""))

    assert f"Commission of 10 % below {plain_mad('800.00')} , of {plain_mad('80.00')} from there on." in text
    assert "Your share is 30 % of it." in text
    assert "This campaign takes leads now." in text


def test_campaigns_own_minimum_is_told(personas, live):
    with acting_as(personas.as_owner):
        change_campaign(
            campaign_id=personas.campaign.pk,
            name="Cuisine",
            service="Rénovation",
            description="",
            terms=CampaignTerms(minimum_estimated_value=Decimal("500.00")),
        )

    text = preview_of(live(campaign=str(personas.campaign.pk), estimated_value="499.99"))

    assert f"This campaign takes leads from {plain_mad('500.00')}" in text
    assert "Total commission" not in text


def test_deposit_too_small_is_told_without_its_balance(personas, live):
    for _lead in range(62):
        personas.submit("1500")

    large = live(campaign=str(personas.campaign.pk), estimated_value="1500")
    small = live(campaign=str(personas.campaign.pk), estimated_value="300")

    assert "This campaign can&#x27;t take leads now." in preview_of(large)
    assert plain_mad("40.00") not in preview_of(large)
    assert "This campaign takes leads now." in preview_of(small)


def test_paused_campaign_is_told(personas, live):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)

    text = preview_of(live(campaign=str(personas.campaign.pk), estimated_value="600"))

    assert "This campaign is paused and takes no leads now." in text
    assert f"Your share {plain_mad('18.00')}" in text


def test_suspended_agreement_has_no_preview(personas, live):
    with acting_as(personas.as_owner):
        suspend_agreement(agreement_id=personas.agreement.pk)

    assert "Your share" not in preview_of(live(campaign=str(personas.campaign.pk), estimated_value="600"))


def test_preview_button_keeps_what_was_typed_and_blames_no_other_field(personas, without_script):
    page = without_script(
        campaign=str(personas.campaign.pk), estimated_value="600", customer_name="Karim", customer_phone="abc"
    )

    html = page.content.decode()
    assert 'value="Karim"' in html
    assert 'value="600"' in html
    assert "invalid-feedback" not in html


def test_opened_as_a_page_it_leads_to_the_form(personas, client):
    response = client.get(URL, {"campaign": personas.campaign.pk})

    assert response.status_code == 302
    assert response["Location"] == f"{NEW}?campaign={personas.campaign.pk}"


def test_consent_sentence_follows_the_campaign_unticked(personas, client):
    with acting_as(SYSTEM):
        agreement = invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)

    response = client.get(reverse("leads:consent"), {"campaign": personas.campaign.pk}, HTTP_HX_REQUEST="true")

    html = response.content.decode()
    assert "Atlas Rénovation" in html
    assert "checked" not in html
    empty = client.get(reverse("leads:consent"), {"campaign": "x"}, HTTP_HX_REQUEST="true").content.decode()
    assert 'type="checkbox"' not in empty


def test_number_of_queries_does_not_grow_with_the_campaigns(personas, live, django_assert_num_queries):
    typed = {"campaign": str(personas.campaign.pk), "estimated_value": "600"}
    live(**typed)
    with CaptureQueriesContext(connection) as before:
        live(**typed)
    with acting_as(SYSTEM):
        for number in range(5):
            create_campaign(merchant_id=personas.merchant.pk, name=f"Cuisine {number}", service="Rénovation")
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)

    with django_assert_num_queries(len(before)):
        live(**typed)
