"""Notifications by the API: what a person was told, and reading it."""

import pytest

from alerts.models import Notification
from alerts.services import expand_due_events
from api.tests.conftest import caller_of
from api.tests.test_deposits import stored
from leadsmarket.lib.identifiers import new_id


@pytest.fixture
def bring(personas):
    """A function that brings a lead, and lets a worker tell people of it."""

    def submit_and_tell():
        lead = personas.submit("600.00")
        expand_due_events()
        return lead

    return submit_and_tell


def test_a_new_lead_is_told_with_its_ids(personas, bring, merchant, settings):
    lead = bring()
    answer = merchant.get("notifications?kind=new_lead")

    assert answer.status == 200, answer.text
    [told] = answer.body["results"]
    assert told == {
        "id": told["id"],
        "kind": "new_lead",
        "level": "info",
        "title": told["title"],
        "body": told["body"],
        "url": f"{settings.SITE_URL}/leads/{lead.pk}/",
        "read": False,
        "created_at": told["created_at"],
        "deposit_id": None,
        "campaign_id": str(personas.campaign.pk),
        "lead_id": str(lead.pk),
        "payment_id": None,
    }
    assert told["title"]


def test_reading_one_is_kept_and_harmless_to_repeat(bring, merchant):
    bring()
    [told] = merchant.get("notifications?kind=new_lead&read=false").body["results"]
    for _ in range(2):
        answer = merchant.post(f"notifications/{told['id']}/read")
        assert (answer.status, answer.body) == (200, {"success": True, "notification": told | {"read": True}})
    assert merchant.get("notifications?kind=new_lead&read=false").body["results"] == []
    assert merchant.get("notifications?kind=new_lead&read=true").body["results"] == [told | {"read": True}]


def test_each_person_has_their_own(personas, bring, merchant, influencer):
    bring()
    [told] = merchant.get("notifications?kind=new_lead").body["results"]
    for caller in (influencer, caller_of(personas.as_member), caller_of(personas.as_other_owner)):
        missing = caller.post(f"notifications/{new_id()}/read")
        assert missing.error == (404, "not_found")
        assert caller.post(f"notifications/{told['id']}/read").text == missing.text
        assert told["id"] not in {one["id"] for one in caller.get("notifications").body["results"]}
    assert stored(Notification, pk=told["id"])[0].read_at is None


def test_lists_of_notifications_ask_the_same_number_of_questions(bring, merchant, django_assert_num_queries):
    for count in (1, 4):
        bring()
        with django_assert_num_queries(5):
            assert len(merchant.get("notifications?kind=new_lead").body["results"]) == count
        for _ in range(2):
            bring()
    answer = merchant.get("notifications?kind=gift&read=perhaps")
    assert (answer.error, answer.fields) == ((400, "validation_error"), {"kind", "read"})
