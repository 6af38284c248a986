"""Agreements by the API: asking, answering, changing, and who sees them."""

from decimal import Decimal

import pytest

from api.tests.conftest import caller_of
from api.tests.test_deposits import stored
from leads.models import InfluencerAgreement
from leads.services import invite_influencer
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.identifiers import new_id


@pytest.fixture
def yassine(personas):
    return caller_of(personas.as_other_influencer)


@pytest.fixture
def asked(personas, yassine) -> str:
    """Yassine's request for Atlas' campaign."""
    return yassine.post("agreements", {"campaign_id": personas.campaign.pk}).body["agreement"]["id"]


def status_of(agreement_id) -> str:
    return stored(InfluencerAgreement, pk=agreement_id)[0].status


def test_an_influencer_asks_and_the_merchant_accepts(personas, yassine, merchant):
    body = {"campaign_id": personas.campaign.pk, "message": "Casablanca, 20 000 abonnés"}
    answer = yassine.post("agreements", body, idempotency_key="a-1")

    assert answer.status == 201, answer.text
    agreement = answer.body["agreement"]
    assert agreement == {
        "id": agreement["id"],
        "merchant_id": str(personas.merchant.pk),
        "merchant_name": "Atlas Rénovation",
        "influencer_id": str(personas.other_influencer.pk),
        "influencer_name": "Yassine",
        "campaign_id": str(personas.campaign.pk),
        "campaign_name": "Cuisine sur mesure",
        "status": "pending",
        "status_reason": "",
        "is_invitation": False,
        "message": "Casablanca, 20 000 abonnés",
        "commission_percentage": Decimal("30.00"),
        "minimum_deposit": Decimal("2000.00"),
        "quality_threshold": None,
        "requires_validation": True,
        "auto_payment": True,
        "created_at": agreement["created_at"],
        "updated_at": agreement["updated_at"],
    }
    assert yassine.post("agreements", body, idempotency_key="a-1").text == answer.text
    assert yassine.post("agreements", body).error == (409, "conflict")

    terms = {"status": "active", "commission_percentage": 35.00, "quality_threshold": 6.5}
    accepted = merchant.put(f"agreements/{agreement['id']}", terms)
    assert accepted.status == 200, accepted.text
    shown = accepted.body["agreement"]
    assert (shown["status"], shown["commission_percentage"]) == ("active", Decimal("35.00"))
    assert (shown["quality_threshold"], shown["auto_payment"]) == (Decimal("6.50"), True)
    assert merchant.put(f"agreements/{agreement['id']}", terms).body == accepted.body


def test_an_influencer_cannot_choose_their_terms(personas, yassine):
    body = {"campaign_id": personas.campaign.pk, "commission_percentage": 90, "status": "active"}
    shown = yassine.post("agreements", body).body["agreement"]
    assert (shown["status"], shown["commission_percentage"]) == ("pending", Decimal("30.00"))


def test_the_merchant_suspends_resumes_and_ends(personas, merchant, influencer):
    path = f"agreements/{personas.agreement.pk}"
    suspended = merchant.put(path, {"status": "suspended", "reason": "Trop de doublons"}).body["agreement"]
    assert (suspended["status"], suspended["status_reason"]) == ("suspended", "Trop de doublons")
    assert influencer.get("agreements").body["results"][0]["status_reason"] == "Trop de doublons"
    assert merchant.put(path, {"status": "active"}).body["agreement"]["status"] == "active"
    assert merchant.put(path, {"status": "terminated"}).body["agreement"]["status"] == "terminated"
    for body in ({"status": "active"}, {"status": "suspended"}, {"commission_percentage": 40}):
        assert merchant.put(path, body).error == (409, "conflict")
    assert merchant.put(path, {"status": "terminated"}).status == 200
    assert status_of(personas.agreement.pk) == "terminated"


def test_terms_change_for_the_leads_to_come(personas, merchant):
    lead = personas.submit("600.00")
    path = f"agreements/{personas.agreement.pk}"
    changed = merchant.put(path, {"commission_percentage": "40", "quality_threshold": 5}).body["agreement"]
    assert (changed["commission_percentage"], changed["quality_threshold"]) == (Decimal(40), Decimal(5))
    assert merchant.put(path, {"quality_threshold": None}).body["agreement"]["quality_threshold"] is None
    assert merchant.get(f"leads/{lead.pk}").body["influencer_percentage"] == Decimal(30)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "pending"}, "status"),
        ({"commission_percentage": 100.01}, "commission_percentage"),
        ({"commission_percentage": -1}, "commission_percentage"),
        ({"commission_percentage": None}, "commission_percentage"),
        ({"quality_threshold": 0.5}, "quality_threshold"),
        ({"minimum_deposit": -1}, "minimum_deposit"),
        ({"requires_validation": "perhaps"}, "requires_validation"),
        ({"status": "suspended", "reason": "x" * 201}, "reason"),
    ],
)
def test_terms_that_do_not_fit_are_refused(personas, merchant, body, field):
    answer = merchant.put(f"agreements/{personas.agreement.pk}", body)
    assert (answer.error, answer.fields) == ((400, "validation_error"), {field})
    [agreement] = stored(InfluencerAgreement)
    assert (agreement.status, agreement.commission_percentage) == ("active", Decimal(30))


def test_an_invitation_is_the_influencers_to_answer(personas, merchant):
    with acting_as(personas.as_owner):
        invited = invite_influencer(merchant_id=personas.merchant.pk, email="yassine@exemple.ma")
    assert merchant.put(f"agreements/{invited.pk}", {"status": "active"}).error == (409, "conflict")
    assert status_of(invited.pk) == "pending"
    assert merchant.put(f"agreements/{invited.pk}", {"status": "terminated"}).status == 200


def test_who_may_ask_and_answer(personas, asked, yassine, influencer, merchant, staff):
    other = caller_of(personas.as_other_owner)
    missing = other.put(f"agreements/{new_id()}", {"status": "active"})
    assert missing.error == (404, "not_found")
    assert other.put(f"agreements/{asked}", {"status": "active"}).text == missing.text
    for caller in (yassine, influencer, staff):
        assert caller.put(f"agreements/{asked}", {"status": "active"}).error == (403, "permission_denied")
    for caller in (merchant, staff):
        body = {"campaign_id": personas.campaign.pk}
        assert caller.post("agreements", body).error == (403, "permission_denied")
    assert yassine.post("agreements", {"campaign_id": new_id()}).error == (404, "not_found")
    assert status_of(asked) == "pending"


def test_who_sees_which_agreements(personas, asked, yassine, influencer, merchant, staff):
    def ids(caller, query: str = "") -> list[str]:
        answer = caller.get(f"agreements{query}")
        assert answer.status == 200, answer.text
        return [one["id"] for one in answer.body["results"]]

    first = str(personas.agreement.pk)
    assert ids(merchant) == ids(staff) == [asked, first]
    assert ids(merchant, "?status=pending") == ids(yassine) == [asked]
    assert ids(influencer) == [first]
    assert ids(caller_of(personas.as_other_owner)) == []
    assert ids(merchant, f"?campaign={personas.other_campaign.pk}") == []
    assert ids(merchant, "?page_size=1") == [asked]


def test_lists_of_agreements_ask_the_same_number_of_questions(personas, asked, merchant, django_assert_num_queries):
    with django_assert_num_queries(5):
        assert len(merchant.get("agreements").body["results"]) == 2
