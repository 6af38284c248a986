"""Notifications of the browser, against a push service that checks and decrypts them."""

import pytest

from alerts.channels.web_push.client import new_private_key, public_key_of
from alerts.kinds import Kind
from alerts.models import Delivery, PushSubscription
from alerts.services import notify, send_delivery
from alerts.services.browsers import MOST_BROWSERS, subscribe_browser, unsubscribe_browser
from alerts.services.preferences import set_preferences
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from tests.fakes.web_push import fake_push_service
from tests.pages import in_english

KEYS = {"public_key": "BKey", "authentication_secret": "c2VjcmV0"}


@pytest.fixture
def service(settings, monkeypatch, tmp_path):
    settings.WEB_PUSH_PRIVATE_KEY = new_private_key()
    with fake_push_service(settings, monkeypatch, tmp_path) as fake:
        yield fake


@pytest.fixture
def subscription(people, service) -> PushSubscription:
    """The browser of Atlas' owner, who wants to see there when campaigns go on."""
    with acting_as(people.as_owner):
        set_preferences(user=people.owner, choices={(Kind.CAMPAIGN_RESUMED, "web_push"): True})
    return subscribe_browser(
        user_id=people.owner.pk,
        endpoint=service.endpoint,
        public_key=service.public_key,
        authentication_secret=service.authentication_secret,
        browser="Firefox",
    )


@pytest.fixture
def delivery(people, subscription) -> Delivery:
    with acting_as(SYSTEM):
        notify(
            Kind.CAMPAIGN_RESUMED,
            [people.owner, people.member],
            cause="test",
            context={
                "campaign_name": "Rénovation",
                "merchant_name": "Atlas",
                "is_recharged": True,
                "url": "http://localhost:8000/leads/campaigns/",
            },
        )
        return Delivery.objects.get(channel="web_push", kind=Kind.CAMPAIGN_RESUMED)


def fresh(delivery: Delivery) -> Delivery:
    with acting_as(SYSTEM):
        return Delivery.objects.get(pk=delivery.pk)


def browsers(people) -> list[str]:
    with acting_as(SYSTEM):
        return list(
            PushSubscription.objects.filter(user=people.owner).order_by("id").values_list("endpoint", flat=True)
        )


def test_a_browser_shows_what_its_person_is_told(delivery, service, settings):
    assert send_delivery(delivery.pk) == "sent"

    [message] = service.got
    assert (message["title"], message["body"], message["url"]) == (delivery.subject, delivery.text, "/leads/campaigns/")
    assert (message["language"], message["urgency"]) == ("fr", "normal")
    assert service.keys == {public_key_of(settings.WEB_PUSH_PRIVATE_KEY)}


def test_a_repeat_after_a_crash_is_shown_once(delivery, service):
    send_delivery(delivery.pk)
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=delivery.pk).update(status="queued", sent_at=None)
    send_delivery(delivery.pk)

    assert len(service.got) == 2
    assert len(service.shown) == 1


def test_a_browser_that_is_gone_is_forgotten(delivery, service, people):
    service.status = 410

    assert send_delivery(delivery.pk) == "given_up"
    assert browsers(people) == []


@pytest.mark.parametrize(("answer", "status"), [(500, "retrying"), (429, "retrying"), (413, "given_up")])
def test_other_refusals_keep_the_browser(delivery, service, people, answer, status):
    service.status = answer

    assert send_delivery(delivery.pk) == status
    assert browsers(people) == [service.endpoint]
    assert fresh(delivery).error == f"status {answer}"


def test_nothing_goes_to_an_address_that_is_no_push_service(delivery, service, settings):
    settings.WEB_PUSH_HOSTS = ["push.services.mozilla.com"]

    assert send_delivery(delivery.pk) == "given_up"
    assert service.got == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://169.254.169.254/latest/meta-data",
        "http://updates.push.services.mozilla.com/x",
        "https://push.services.mozilla.com.evil.example/x",
        "https://evil.example/?push.services.mozilla.com",
        "",
    ],
)
def test_a_browser_must_name_its_makers_service(people, endpoint):
    with pytest.raises(InvalidInput):
        subscribe_browser(user_id=people.owner.pk, endpoint=endpoint, **KEYS)
    assert browsers(people) == []


def test_a_browser_belongs_to_who_used_it_last(people):
    endpoint = "https://updates.push.services.mozilla.com/wpush/v2/one"
    subscribe_browser(user_id=people.owner.pk, endpoint=endpoint, **KEYS)
    subscribe_browser(user_id=people.member.pk, endpoint=endpoint, **KEYS)
    assert browsers(people) == []

    with acting_as(people.as_owner):
        unsubscribe_browser(user_id=people.owner.pk, endpoint=endpoint)
    with acting_as(SYSTEM):
        assert PushSubscription.objects.get(endpoint=endpoint).user_id == people.member.pk


def test_the_oldest_browser_makes_room(people):
    for number in range(MOST_BROWSERS + 1):
        subscribe_browser(user_id=people.owner.pk, endpoint=f"https://fcm.googleapis.com/fcm/send/{number}", **KEYS)

    kept = browsers(people)
    assert len(kept) == MOST_BROWSERS
    assert kept[0].endswith("/1")


def test_the_page_switches_a_browser_on_and_off(personas, client_of):
    client = in_english(personas.owner, client_of)
    endpoint = {"endpoint": "https://fcm.googleapis.com/fcm/send/one"}

    assert client.post("/notifications/browsers/subscribe/", endpoint | KEYS).status_code == 200
    assert len(browsers(personas)) == 1
    assert client.post("/notifications/browsers/unsubscribe/", endpoint).status_code == 200
    assert browsers(personas) == []

    refused = client.post("/notifications/browsers/subscribe/", {"endpoint": "https://evil.example/"} | KEYS)
    assert refused.status_code == 400
    assert refused.json() == {"message": "This browser can't show notifications."}


def test_the_script_may_serve_the_whole_site(client, db):
    response = client.get("/notifications/service-worker.js")

    assert response.headers["Content-Type"] == "text/javascript"
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert b"showNotification" in response.content
