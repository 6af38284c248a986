"""The page on which people choose what they are told."""

from datetime import time

import pytest
from django.urls import reverse

from alerts.channels.web_push.client import new_private_key
from alerts.models import AddressProblem, NotificationPreference, NotificationProfile, PushSubscription
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english

PAGE = "/notifications/preferences/"


@pytest.fixture
def owner(personas, client_of):
    return in_english(personas.owner, client_of)


def choices() -> dict[tuple[str, str], bool]:
    with acting_as(SYSTEM):
        return {(row.kind, row.channel): row.is_on for row in NotificationPreference.objects.all()}


def ticked(html: str) -> set[str]:
    """The names of the boxes that are ticked."""
    boxes = [box.split(">")[0] for box in html.split("<input")[1:]]
    return {box.split('name="')[1].split('"')[0] for box in boxes if 'type="checkbox"' in box and " checked" in box}


def test_defaults_are_ticked_and_only_what_differs_is_stored(owner):
    boxes = ticked(owner.get(PAGE).content.decode())
    assert {"new_lead:email", "deposit_level:email", "daily_report:email"} <= boxes
    assert "lead_expired:email" not in boxes

    kept = {name: "on" for name in boxes if ":" in name and name != "new_lead:email"}
    answer = owner.post(f"{PAGE}channels/", kept | {"lead_expired:email": "on"})

    assert answer.status_code == 302
    assert choices() == {("new_lead", "email"): False, ("lead_expired", "email"): True}
    assert "new_lead:email" not in ticked(owner.get(PAGE).content.decode())


def test_channels_that_are_not_configured_are_not_offered(owner, settings):
    html = owner.get(PAGE).content.decode()
    assert "new_lead:sms" not in html
    assert "new_lead:web_push" not in html

    settings.WEB_PUSH_PRIVATE_KEY = new_private_key()
    html = owner.get(PAGE).content.decode()
    assert "new_lead:web_push" in html
    assert "data-push-key" in html
    assert "daily_report:web_push" not in html


def test_each_role_chooses_its_own_kinds(personas, client_of):
    influencer = in_english(personas.influencer_user, client_of).get(PAGE).content.decode()
    staff = in_english(personas.staff, client_of).get(PAGE).content.decode()

    assert "payout_paid:email" in influencer
    assert "deposit_level:email" not in influencer
    assert "staff_problem:email" in staff
    assert "new_lead:email" not in staff


def test_quiet_hours_are_kept_or_marked(owner, personas):
    assert owner.post(f"{PAGE}hours/", {"quiet_from": "22:30", "quiet_until": "07:15"}).status_code == 302
    with acting_as(SYSTEM):
        profile = NotificationProfile.objects.get(user=personas.owner)
    assert (profile.quiet_from, profile.quiet_until) == (time(22, 30), time(7, 15))

    refused = owner.post(f"{PAGE}hours/", {"quiet_from": "25:00", "quiet_until": "07:00"})
    assert refused.status_code == 422
    assert "Enter a valid time" in refused.content.decode()
    with acting_as(SYSTEM):
        assert NotificationProfile.objects.get(user=personas.owner).quiet_until == time(7, 15)


def test_the_report_of_quiet_days_is_asked_for(owner, personas):
    owner.post(f"{PAGE}report/", {"reports_without_activity": "on"})
    with acting_as(SYSTEM):
        assert NotificationProfile.objects.get(user=personas.owner).reports_without_activity
    owner.post(f"{PAGE}report/", {})
    with acting_as(SYSTEM):
        assert not NotificationProfile.objects.get(user=personas.owner).reports_without_activity


def test_without_sms_a_number_can_not_be_confirmed(owner):
    assert "sends no SMS yet" in owner.get(PAGE).content.decode()
    refused = owner.post(f"{PAGE}phone/", {"phone": "0612345678"})
    assert refused.status_code == 422
    with acting_as(SYSTEM):
        assert not NotificationProfile.objects.exclude(phone="").exists()


def test_an_address_that_is_not_reached_is_shown_and_tried_again(owner, personas, client_of):
    with acting_as(SYSTEM):
        problem = AddressProblem.objects.create(
            user=personas.owner, channel="email", address=personas.owner.email, reason="550 No such user"
        )
    html = owner.get(PAGE).content.decode()
    assert "550 No such user" in html
    again = reverse("alerts:try_address_again", args=[problem.pk])
    assert in_english(personas.member, client_of).post(again).status_code == 404
    assert owner.post(again).status_code == 302
    with acting_as(SYSTEM):
        problem.refresh_from_db()
    assert problem.solved_at is not None
    assert "550 No such user" not in owner.get(PAGE).content.decode()


def test_another_browser_is_removed_from_the_list(owner, personas, client_of):
    with acting_as(SYSTEM):
        browser = PushSubscription.objects.create(
            user=personas.owner,
            endpoint="https://fcm.googleapis.com/fcm/send/1",
            public_key="key",
            authentication_secret="secret",
            browser="Firefox",
        )
    forget = reverse("alerts:forget_browser", args=[browser.pk])
    assert "Firefox" in owner.get(PAGE).content.decode()

    in_english(personas.member, client_of).post(forget)
    with acting_as(SYSTEM):
        assert PushSubscription.objects.filter(pk=browser.pk).exists()
    owner.post(forget)
    with acting_as(SYSTEM):
        assert not PushSubscription.objects.filter(pk=browser.pk).exists()


def test_a_visitor_is_sent_to_the_log_in(client, db):
    assert client.get(PAGE).status_code == 302
