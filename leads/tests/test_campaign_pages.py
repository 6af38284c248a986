"""A merchant's campaign pages: list, form, preview and steps; with and without htmx."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deposits.services import adjust_deposit
from leads.models import Campaign, CampaignSettings
from leads.services import create_campaign, end_campaign, pause_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import make_merchant

HTMX = {"HTTP_HX_REQUEST": "true"}
TYPED = {
    "name": "Toitures",
    "service": "Couverture",
    "description": "Maisons à Rabat",
    "percentage_commission_rate": "12,5",
    "commission_threshold": "1 000",
    "fixed_commission_amount": "125.00",
    "minimum_estimated_value": "100",
    "lead_expiry_hours": "48",
    "auto_stop_on_depletion": "on",
}


def url(name, *args):
    return reverse(f"leads:{name}", args=args)


def events(response):
    return set(json.loads(response["HX-Trigger"]))


def stored(campaign):
    with acting_as(SYSTEM):
        campaign.refresh_from_db()
    return campaign.status, campaign.pause_reason


def add_campaigns(personas, count):
    with acting_as(SYSTEM):
        for number in range(count):
            create_campaign(merchant_id=personas.merchant.pk, name=f"Campagne {number}", service=f"Service {number}")


def queries_of(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# --- A merchant's list ---------------------------------------------------------------------------------------------


def test_list_shows_state_counts_and_deposit(personas, open_as):
    personas.submit("600.00")

    page = open_as(personas.member).get(url("campaigns")).content.decode()

    assert "Cuisine sur mesure" in page
    assert "Takes leads now" in page
    assert "1 pending" in page
    assert "0 validated" in page
    assert reverse("deposits:detail", args=[personas.deposit.pk]) in page
    assert "Bilan" not in page


def test_list_says_why_a_campaign_takes_no_leads(personas, open_as):
    client = open_as(personas.owner)
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000"), reason="Essai")
    assert "Paused: deposit depleted" in client.get(url("campaigns")).content.decode()

    with acting_as(SYSTEM):
        pause_campaign(campaign_id=personas.campaign.pk)
    assert "Paused by hand" in client.get(url("campaigns")).content.decode()


def test_list_names_a_full_deposit(personas, open_as):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4937"), reason="Essai")
    personas.submit("600.00")  # 60 of 63 reserved

    page = open_as(personas.owner).get(url("campaigns")).content.decode()

    assert "the deposit is full" in page


def test_list_is_filtered_by_status(personas, open_as):
    client = open_as(personas.owner)

    assert "Cuisine sur mesure" in client.get(url("campaigns"), {"status": "active"}).content.decode()
    assert "No campaign in this state" in client.get(url("campaigns"), {"status": "draft"}).content.decode()
    assert "Cuisine sur mesure" in client.get(url("campaigns"), {"status": "'--"}).content.decode()


def test_merchant_without_campaigns_is_invited_to_make_one(personas, open_as):
    with acting_as(SYSTEM):
        newcomer, _merchant = make_merchant("nouveau@exemple.ma", "Nouveau")

    page = open_as(newcomer).get(url("campaigns")).content.decode()

    assert "No campaign yet" in page
    assert page.count(url("campaign_new")) == 2


def test_queries_do_not_grow_with_the_list(personas, open_as):
    client = open_as(personas.owner)
    queries_of(client, url("campaigns"))
    one = queries_of(client, url("campaigns"))

    add_campaigns(personas, 12)

    assert queries_of(client, url("campaigns")) == one


def test_list_has_keyset_pages(personas, open_as):
    add_campaigns(personas, 30)
    client = open_as(personas.owner)

    first = client.get(url("campaigns"))
    second = client.get(url("campaigns") + first.context["next_url"])

    assert len(first.context["rows"]) == 25
    assert [row.campaign.name for row in second.context["rows"]][-1] == "Cuisine sur mesure"
    assert len(second.context["rows"]) == 6
    assert not client.get(url("campaigns"), {"cursor": "abc"}).context["previous_url"]


# --- Making and changing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "status"), [("activate", "active"), ("draft", "draft")])
def test_merchant_makes_a_campaign(personas, open_as, action, status):
    response = open_as(personas.member).post(url("campaign_new"), TYPED | {"action": action})

    with acting_as(personas.as_owner):
        campaign = Campaign.objects.select_related("settings").get(name="Toitures")
    assert response.status_code == 302
    assert response["Location"] == url("campaign", campaign.pk)
    assert (campaign.status, campaign.service) == (status, "Couverture")
    assert campaign.settings.percentage_commission_rate == Decimal("12.50")
    assert campaign.settings.commission_threshold == Decimal("1000.00")
    assert (campaign.settings.lead_expiry_hours, campaign.settings.auto_stop_on_depletion) == (48, True)


def test_htmx_goes_on_to_the_new_campaign(personas, open_as):
    response = open_as(personas.owner).post(url("campaign_new"), TYPED, **HTMX)

    with acting_as(personas.as_owner):
        campaign = Campaign.objects.get(name="Toitures")
    assert response["HX-Redirect"] == url("campaign", campaign.pk)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_does_not_fit_keeps_what_was_typed_with_each_error_beside_its_field(personas, open_as, headers):
    client = open_as(personas.owner)
    for field, value in [
        ("percentage_commission_rate", "0"),
        ("percentage_commission_rate", "101"),
        ("percentage_commission_rate", "abc"),
        ("percentage_commission_rate", "1e1"),
        ("percentage_commission_rate", "1.001"),
        ("fixed_commission_amount", "-1"),
        ("fixed_commission_amount", "0"),
        ("fixed_commission_amount", "10000000000"),
        ("commission_threshold", "beaucoup"),
        ("commission_threshold", ""),
        ("minimum_estimated_value", "49,99"),
        ("lead_expiry_hours", "0"),
        ("lead_expiry_hours", "721"),
        ("lead_expiry_hours", "trois"),
        ("name", "   "),
        ("name", "n" * 121),
        ("service", ""),
        ("service", "s" * 121),
        ("description", "d" * 2001),
    ]:
        response = client.post(url("campaign_new"), TYPED | {field: value}, **headers)

        form = response.context["form"]
        page = response.content.decode()
        assert response.status_code == 422, field
        assert list(form.errors) == [field]
        assert f'id="id_{field}_error"' in page
        assert ("<html" in page) is not bool(headers)
        if value.strip():
            assert value in page
        assert "Maisons à Rabat" in page or field == "description"
    with acting_as(personas.as_owner):
        assert Campaign.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_merchant_changes_texts_and_terms(personas, open_as, headers):
    client = open_as(personas.member)
    address = url("campaign", personas.campaign.pk)
    assert 'value="10.00"' in client.get(address).content.decode()

    response = client.post(address, TYPED, **headers)

    assert (response.get("Location") or response["HX-Redirect"]) == address
    with acting_as(personas.as_owner):
        settings = CampaignSettings.objects.select_related("campaign").get()
    assert settings.campaign.name == "Toitures"
    assert settings.fixed_commission_amount == Decimal("125.00")


def test_change_that_does_not_fit_changes_nothing(personas, open_as):
    response = open_as(personas.owner).post(
        url("campaign", personas.campaign.pk), TYPED | {"percentage_commission_rate": "101"}, **HTMX
    )

    assert response.status_code == 422
    with acting_as(personas.as_owner):
        assert Campaign.objects.get().name == "Cuisine sur mesure"


def test_ended_campaign_is_shown_without_a_form_and_refuses_changes(personas, open_as):
    client = open_as(personas.owner)
    with acting_as(personas.as_owner):
        end_campaign(campaign_id=personas.campaign.pk)

    page = client.get(url("campaign", personas.campaign.pk)).content.decode()
    response = client.post(url("campaign", personas.campaign.pk), TYPED, **HTMX)

    assert 'id="campaign-form"' not in page
    assert "can&#x27;t be changed" in page or "can't be changed" in page
    assert response.status_code == 422
    assert "This step is not possible" in response.content.decode()


@pytest.mark.parametrize(
    ("terms", "costs"),
    [
        ({}, ["60.00", "80.00"]),
        ({"percentage_commission_rate": "20", "commission_threshold": "5000"}, ["120.00", "300.00"]),
        ({"percentage_commission_rate": "abc"}, []),
        ({"fixed_commission_amount": "-1"}, []),
    ],
)
def test_preview_says_what_leads_would_cost(personas, open_as, terms, costs):
    typed = {
        "percentage_commission_rate": "10",
        "commission_threshold": "800",
        "fixed_commission_amount": "80",
        "minimum_estimated_value": "50",
    } | terms

    response = open_as(personas.owner).get(url("campaign_preview"), typed, **HTMX)

    assert response.status_code == 200
    assert [example.commission_amount for example in response.context["examples"]] == [Decimal(cost) for cost in costs]


def test_new_campaign_starts_with_the_worked_examples(personas, open_as):
    page = open_as(personas.owner).get(url("campaign_new"))

    amounts = [
        (example.estimated_value, example.commission_amount, example.influencer_commission_amount)
        for example in page.context["examples"]
    ]
    assert amounts == [
        (Decimal("600.00"), Decimal("60.00"), Decimal("18.00")),
        (Decimal("1500.00"), Decimal("80.00"), Decimal("24.00")),
    ]


# --- Steps ---------------------------------------------------------------------------------------------------------


def test_steps_with_htmx_close_the_dialog_and_reload_the_lists(personas, open_as):
    client = open_as(personas.member)
    for step, expected in (("pause", ("paused", "manual")), ("activate", ("active", "")), ("end", ("ended", ""))):
        response = client.post(url("campaign_status", personas.campaign.pk, step), **HTMX)

        assert response.status_code == 200
        assert events(response) == {"campaigns-changed", "deposit-changed", "closeDialog"}
        assert "Cuisine sur mesure" in response.content.decode()
        assert stored(personas.campaign) == expected


@pytest.mark.parametrize(("origin", "leads_to"), [("list", "campaigns"), ("campaign", "campaign")])
def test_steps_without_htmx_come_back_to_where_they_were_taken(personas, open_as, origin, leads_to):
    client = open_as(personas.owner)
    address = url("campaign_status", personas.campaign.pk, "pause")
    assert "Pause the campaign?" in client.get(address).content.decode()

    response = client.post(address, {"from": origin})

    assert response["Location"] == url(leads_to, *([personas.campaign.pk] if leads_to == "campaign" else []))
    assert stored(personas.campaign) == ("paused", "manual")


def test_end_asks_first_and_changes_nothing_until_confirmed(personas, open_as):
    response = open_as(personas.owner).get(url("campaign_status", personas.campaign.pk, "end"), **HTMX)

    assert "<dialog" in response.content.decode()
    assert "<html" not in response.content.decode()
    assert stored(personas.campaign) == ("active", "")


def test_campaign_ended_from_its_own_page_opens_it_again(personas, open_as):
    page = url("campaign", personas.campaign.pk)

    response = open_as(personas.owner).post(
        url("campaign_status", personas.campaign.pk, "end"), HTTP_HX_CURRENT_URL=f"http://testserver{page}", **HTMX
    )

    assert response["HX-Redirect"] == page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_step_no_longer_possible_is_told(personas, open_as, headers):
    client = open_as(personas.owner)
    with acting_as(personas.as_owner):
        end_campaign(campaign_id=personas.campaign.pk)

    response = client.post(url("campaign_status", personas.campaign.pk, "activate"), **headers)

    if headers:
        assert "campaigns-changed" in events(response)
        text = response.content.decode()
    else:
        text = client.get(response["Location"]).content.decode()
    assert "This step is not possible" in text
    assert stored(personas.campaign) == ("ended", "")


def test_unknown_step_does_not_exist(personas, open_as):
    assert open_as(personas.owner).post(url("campaign_status", personas.campaign.pk, "delete")).status_code == 404


# --- Who may -------------------------------------------------------------------------------------------------------


def test_another_merchants_campaign_does_not_exist(personas, open_as):
    client = open_as(personas.other_owner)
    campaign = personas.campaign.pk
    for address in (
        url("campaign", campaign),
        url("campaign_state", campaign),
        url("campaign_status", campaign, "end"),
    ):
        assert client.get(address).status_code == 404, address
    for address in (url("campaign", campaign), *(url("campaign_status", campaign, s) for s in ("pause", "end"))):
        assert client.post(address, TYPED, **HTMX).status_code == 404, address

    assert stored(personas.campaign) == ("active", "")


@pytest.mark.parametrize("name", ["campaign_new", "campaign", "campaign_state", "campaign_status", "campaign_preview"])
def test_merchant_pages_are_closed_to_influencers_staff_and_visitors(personas, open_as, client, name):
    campaign = personas.campaign.pk
    args = {"campaign": [campaign], "campaign_state": [campaign], "campaign_status": [campaign, "end"]}.get(name, [])

    assert open_as(personas.influencer_user).get(url(name, *args)).status_code == 403
    assert open_as(personas.staff).get(url(name, *args)).status_code == 403
    assert client.get(url(name, *args)).status_code == 302


def test_activating_on_a_depleted_deposit_says_that_the_campaign_waits(personas, open_as):
    client = open_as(personas.owner)
    with acting_as(SYSTEM):
        pause_campaign(campaign_id=personas.campaign.pk)
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000"), reason="Essai")

    activated = client.post(url("campaign_status", personas.campaign.pk, "activate"), follow=True).content.decode()
    made = client.post(url("campaign_new"), TYPED, follow=True).content.decode()

    for page, name in ((activated, "Cuisine sur mesure"), (made, "Toitures")):
        assert f"“{name}” waits: its deposit is depleted." in page
        assert 'data-toast="warning"' in page
        assert "Paused: deposit depleted" in page
    assert stored(personas.campaign) == ("paused", "depleted")
