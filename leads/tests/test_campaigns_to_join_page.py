"""Campaigns that an influencer can join: the list, its search, and the application; with and without htmx."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deposits.services import adjust_deposit
from leads.models import Campaign, InfluencerAgreement
from leads.services import apply_to_campaign, create_campaign, invite_influencer, pause_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name, *args):
    return reverse(f"leads:{name}", args=args)


def events(response):
    return set(json.loads(response["HX-Trigger"]))


def add_campaigns(personas, count):
    with acting_as(SYSTEM):
        for number in range(count):
            create_campaign(merchant_id=personas.merchant.pk, name=f"Campagne {number}", service=f"Service {number}")


def queries_of(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_influencer_sees_open_campaigns_with_what_one_earns_but_no_balance(personas, open_as):
    page = open_as(personas.other_influencer_user).get(url("campaigns"))

    text = page.content.decode()
    assert {campaign.name for campaign in page.context["campaigns"]} == {"Cuisine sur mesure", "Bilan"}
    assert {campaign.takes_leads for campaign in page.context["campaigns"]} == {True}
    assert {campaign.share_of_first_example for campaign in page.context["campaigns"]} == {Decimal("18.00")}
    assert {campaign.share_of_second_example for campaign in page.context["campaigns"]} == {Decimal("24.00")}
    assert "Atlas Rénovation" in text
    assert "5,000" not in text
    assert "3,000" not in text


def test_campaigns_under_agreement_or_request_are_not_offered(personas, open_as):
    client = open_as(personas.influencer_user)
    names = [campaign.name for campaign in client.get(url("campaigns")).context["campaigns"]]
    assert names == ["Bilan"]

    with acting_as(SYSTEM):
        invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")  # for all campaigns

    page = client.get(url("campaigns"))
    assert page.context["campaigns"] == []
    assert "1 merchant invites you." in page.content.decode()


def test_campaign_that_cannot_take_leads_says_so(personas, open_as):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.other_deposit.pk, amount=Decimal("-2997"), reason="Essai")
        Campaign.objects.filter(pk=personas.other_campaign.pk).update(status="active", pause_reason="")

    page = open_as(personas.influencer_user).get(url("campaigns"))

    assert [campaign.takes_leads for campaign in page.context["campaigns"]] == [False]
    assert "Takes no leads now" in page.content.decode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cuisine", ["Cuisine sur mesure"]),
        ("FISCAL", ["Bilan"]),
        ("rif conseil", ["Bilan"]),
        ("cuisine fiscal", []),
        ("%", []),
        ("\x00", ["Bilan", "Cuisine sur mesure"]),
    ],
)
def test_search_looks_for_all_words(personas, open_as, text, found):
    page = open_as(personas.other_influencer_user).get(url("campaigns"), {"q": text}, **HTMX)

    assert sorted(campaign.name for campaign in page.context["campaigns"]) == found
    assert ("Nothing found" in page.content.decode()) is not bool(found)


def test_queries_do_not_grow_with_the_campaigns_to_join(personas, open_as):
    client = open_as(personas.other_influencer_user)
    queries_of(client, url("campaigns"))
    two = queries_of(client, url("campaigns"))

    add_campaigns(personas, 9)

    assert queries_of(client, url("campaigns")) == two


def test_campaigns_to_join_have_keyset_pages(personas, open_as):
    add_campaigns(personas, 13)
    client = open_as(personas.other_influencer_user)

    first = client.get(url("campaigns"))
    second = client.get(url("campaigns") + first.context["next_url"])

    assert (len(first.context["campaigns"]), len(second.context["campaigns"])) == (12, 3)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_influencer_applies_with_a_message(personas, open_as, headers):
    client = open_as(personas.other_influencer_user)
    assert "Cuisine sur mesure" in client.get(url("apply", personas.campaign.pk), **headers).content.decode()

    response = client.post(url("apply", personas.campaign.pk), {"message": "Bonjour"}, **headers)

    if headers:
        assert events(response) == {"agreements-changed", "campaigns-changed", "closeDialog"}
    else:
        assert response["Location"] == url("agreements")
    with acting_as(personas.as_other_influencer):
        agreement = InfluencerAgreement.objects.get()
    assert (agreement.status, agreement.message, agreement.is_invitation) == ("pending", "Bonjour", False)


def test_message_too_long_is_kept_with_its_error(personas, open_as):
    response = open_as(personas.other_influencer_user).post(
        url("apply", personas.campaign.pk), {"message": "m" * 501}, **HTMX
    )

    assert response.status_code == 422
    assert "m" * 501 in response.content.decode()
    assert 'id="id_message_error"' in response.content.decode()
    with acting_as(personas.as_other_influencer):
        assert not InfluencerAgreement.objects.exists()


def test_second_application_is_told_clearly(personas, open_as):
    client = open_as(personas.other_influencer_user)
    with acting_as(personas.as_other_influencer):
        apply_to_campaign(influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk)

    response = client.post(url("apply", personas.campaign.pk), {"message": ""}, **HTMX)

    assert "There is already an agreement or a request" in response.content.decode()
    assert "campaigns-changed" in events(response)
    with acting_as(personas.as_other_influencer):
        assert InfluencerAgreement.objects.count() == 1


def test_campaign_paused_meanwhile_cannot_be_applied_to(personas, open_as):
    client = open_as(personas.other_influencer_user)
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)

    assert client.get(url("apply", personas.campaign.pk)).status_code == 404
    response = client.post(url("apply", personas.campaign.pk), {"message": ""}, **HTMX)

    assert "can&#x27;t be joined now" in response.content.decode() or "can't be joined now" in response.content.decode()
    with acting_as(personas.as_other_influencer):
        assert not InfluencerAgreement.objects.exists()


def test_apply_is_closed_to_merchants(personas, open_as):
    assert open_as(personas.owner).get(url("apply", personas.campaign.pk)).status_code == 403
