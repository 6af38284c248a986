"""Campaigns by the API: making and changing them, and who sees which."""

from decimal import Decimal

import pytest

from api.tests.conftest import caller_of
from api.tests.test_create_lead import lead_body
from api.tests.test_deposits import stored
from deposits.services import adjust_deposit
from leads.models import Campaign
from leads.services import apply_to_campaign, create_campaign, end_campaign, invite_influencer, pause_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id

BODY = {
    "name": "Cuisine sur mesure",
    "service": "Rénovation",
    "description": "Casablanca",
    "settings": {
        "percentage_commission_rate": 10.00,
        "fixed_commission_amount": 80.00,
        "commission_threshold": 800.00,
        "auto_stop_on_depletion": True,
        "lead_expiry_hours": 72,
    },
}


def ids(answer) -> set[str]:
    assert answer.status == 200, answer.text
    return {campaign["id"] for campaign in answer.body["results"]}


def patch(caller, campaign_id, body, **headers):
    return caller("PATCH", f"campaigns/{campaign_id}", body, **headers)


def test_a_merchant_makes_a_campaign(personas, merchant):
    answer = merchant.post("campaigns", BODY, idempotency_key="c-1")

    assert answer.status == 201, answer.text
    campaign = answer.body["campaign"]
    assert campaign == {
        "id": campaign["id"],
        "merchant_id": str(personas.merchant.pk),
        "merchant_name": "Atlas Rénovation",
        "name": "Cuisine sur mesure",
        "service": "Rénovation",
        "description": "Casablanca",
        "type": "service_leads",
        "status": "active",
        "pause_reason": "",
        "accepting_leads": True,
        "settings": {
            "percentage_commission_rate": Decimal("10.00"),
            "fixed_commission_amount": Decimal("80.00"),
            "commission_threshold": Decimal("800.00"),
            "minimum_estimated_value": Decimal("50.00"),
            "auto_stop_on_depletion": True,
            "lead_expiry_hours": 72,
        },
        "agreement": None,
        "created_at": campaign["created_at"],
        "updated_at": campaign["updated_at"],
    }
    assert merchant.post("campaigns", BODY, idempotency_key="c-1").text == answer.text
    assert len(stored(Campaign, merchant=personas.merchant)) == 2


def test_settings_that_are_left_out_are_the_defaults(personas, merchant):
    answer = merchant.post("campaigns", {"name": "Bain", "service": "Salle de bain", "status": "draft"})
    assert answer.body["campaign"]["status"] == "draft"
    assert answer.body["campaign"]["settings"]["percentage_commission_rate"] == Decimal("10.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": None}, "name"),
        ({"service": " "}, "service"),
        ({"description": "x" * 2001}, "description"),
        ({"status": "ended"}, "status"),
        ({"settings": None}, "settings"),
        ({"settings": {"percentage_commission_rate": 0}}, "settings.percentage_commission_rate"),
        ({"settings": {"percentage_commission_rate": 100.01}}, "settings.percentage_commission_rate"),
        ({"settings": {"fixed_commission_amount": 0}}, "settings.fixed_commission_amount"),
        ({"settings": {"commission_threshold": -1}}, "settings.commission_threshold"),
        ({"settings": {"minimum_estimated_value": 49.99}}, "settings.minimum_estimated_value"),
        ({"settings": {"lead_expiry_hours": 721}}, "settings.lead_expiry_hours"),
    ],
)
def test_a_campaign_that_does_not_fit_is_refused(personas, merchant, changes, field):
    answer = merchant.post("campaigns", BODY | changes)
    assert (answer.error, answer.fields) == ((400, "validation_error"), {field})
    if changes != {"status": "ended"}:
        assert patch(merchant, personas.campaign.pk, changes).error == (400, "validation_error")
    [campaign] = stored(Campaign, merchant=personas.merchant)
    assert (campaign.name, campaign.status) == ("Cuisine sur mesure", "active")


def test_whose_a_campaign_is_cannot_be_chosen(personas, merchant):
    body = BODY | {"merchant_id": personas.other_merchant.pk, "pause_reason": "depleted", "id": new_id()}
    campaign = merchant.post("campaigns", body).body["campaign"]
    assert (campaign["merchant_id"], campaign["pause_reason"]) == (str(personas.merchant.pk), "")


def test_only_what_is_given_changes(personas, merchant):
    before = merchant.get("campaigns").body["results"][0]
    answer = patch(merchant, personas.campaign.pk, {"name": "Cuisines", "settings": {"lead_expiry_hours": 48}})

    assert answer.status == 200, answer.text
    after = answer.body["campaign"]
    expected = before | {"name": "Cuisines", "settings": before["settings"] | {"lead_expiry_hours": 48}}
    assert after | {"updated_at": ""} == expected | {"updated_at": ""}
    assert patch(merchant, personas.campaign.pk, {}).body["campaign"] == after


def test_a_campaign_is_paused_resumed_and_ended(personas, merchant, influencer):
    paused = patch(merchant, personas.campaign.pk, {"status": "paused"}).body["campaign"]
    assert (paused["status"], paused["pause_reason"], paused["accepting_leads"]) == ("paused", "manual", False)
    assert influencer.post("leads/create", lead_body(personas)).error == (409, "campaign_paused")
    assert patch(merchant, personas.campaign.pk, {"status": "paused"}).status == 200
    assert patch(merchant, personas.campaign.pk, {"status": "active"}).body["campaign"]["accepting_leads"] is True
    assert patch(merchant, personas.campaign.pk, {"status": "ended", "name": "Fini"}).status == 200
    for body in ({"status": "active"}, {"name": "Encore"}):
        assert patch(merchant, personas.campaign.pk, body).error == (409, "conflict")
    [campaign] = stored(Campaign, merchant=personas.merchant)
    assert (campaign.name, campaign.status) == ("Fini", "ended")


def test_a_refused_step_undoes_the_texts_too(personas, merchant):
    with acting_as(SYSTEM):
        draft = create_campaign(merchant_id=personas.merchant.pk, name="Bain", service="Bain", activate=False)
    assert patch(merchant, draft.pk, {"name": "Autre", "status": "paused"}).error == (409, "conflict")
    assert stored(Campaign, pk=draft.pk)[0].name == "Bain"


def test_a_campaign_is_changed_by_its_merchant_alone(personas, influencer, staff):
    other = caller_of(personas.as_other_owner)
    missing = patch(other, new_id(), {"status": "paused"})
    assert missing.error == (404, "not_found")
    assert patch(other, personas.campaign.pk, {"status": "paused"}).text == missing.text
    for caller in (influencer, staff):
        assert patch(caller, personas.campaign.pk, {"status": "paused"}).error == (403, "permission_denied")
        assert caller.post("campaigns", BODY).error == (403, "permission_denied")
    assert stored(Campaign, pk=personas.campaign.pk)[0].status == "active"


def test_who_sees_which_campaigns(personas, merchant, influencer, staff):
    with acting_as(SYSTEM):
        draft = create_campaign(merchant_id=personas.merchant.pk, name="Bain", service="Bain", activate=False)
        ended = create_campaign(merchant_id=personas.merchant.pk, name="Toit", service="Toit")
        joined = apply_to_campaign(influencer_id=personas.influencer.pk, campaign_id=ended.pk)
        end_campaign(campaign_id=ended.pk)
    own, foreign = str(personas.campaign.pk), str(personas.other_campaign.pk)
    hidden, over = str(draft.pk), str(ended.pk)

    assert ids(merchant.get("campaigns")) == {own, hidden, over}
    assert ids(merchant.get("campaigns?status=draft")) == {hidden}
    assert ids(caller_of(personas.as_other_owner).get("campaigns")) == {foreign}
    assert ids(influencer.get("campaigns")) == {own, foreign, over}
    assert ids(caller_of(personas.as_other_influencer).get("campaigns")) == {own, foreign}
    assert ids(staff.get("campaigns")) == {own, foreign, hidden, over}
    by_id = {one["id"]: one["agreement"] for one in influencer.get("campaigns").body["results"]}
    assert by_id[foreign] is None
    assert by_id[over] == {"id": str(joined.pk), "status": "pending", "commission_percentage": Decimal("30.00")}
    assert by_id[own]["status"] == "active"


def test_an_influencer_is_told_whether_leads_are_taken_and_not_why(personas, influencer):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000.00"), reason="Essai")
    mine = [one for one in influencer.get("campaigns").body["results"] if one["id"] == str(personas.campaign.pk)]
    assert [(one["status"], one["pause_reason"], one["accepting_leads"]) for one in mine] == [("paused", "", False)]
    [shown] = caller_of(personas.as_owner).get("campaigns").body["results"]
    assert shown["pause_reason"] == "depleted"


def test_an_agreement_for_all_campaigns_counts_for_each(personas):
    with acting_as(SYSTEM):
        invite_influencer(merchant_id=personas.merchant.pk, email="yassine@exemple.ma")
        pause_campaign(campaign_id=personas.campaign.pk)
    shown = caller_of(personas.as_other_influencer).get("campaigns").body["results"]
    agreements = {one["id"]: one["agreement"] and one["agreement"]["status"] for one in shown}
    assert agreements == {str(personas.campaign.pk): "pending", str(personas.other_campaign.pk): None}


def test_lists_of_campaigns_ask_the_same_number_of_questions(personas, merchant, influencer, django_assert_num_queries):
    for count in (1, 4):
        with django_assert_num_queries(5):
            assert len(merchant.get("campaigns").body["results"]) == count
        with django_assert_num_queries(6):
            assert len(influencer.get("campaigns").body["results"]) == count + 1
        with acting_as(SYSTEM):
            for number in range(3):
                create_campaign(merchant_id=personas.merchant.pk, name=f"Bain {number}", service="Bain")
