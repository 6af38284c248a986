"""What people choose to hear: by kind and channel, and by the link in an e-mail."""

import pytest
from django.test import Client

from alerts.kinds import Kind
from alerts.models import Delivery, NotificationPreference
from alerts.routes import routes_of
from alerts.services import notify, send_delivery
from alerts.services.preferences import set_preferences
from alerts.unsubscribe import unsubscribe_url
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput


def channels(user, kind: str, level: str = "info") -> list[str]:
    with acting_as(SYSTEM):
        return [str(route.channel) for route in routes_of([user], kind=kind, level=level)[user.pk]]


def choose(personas, kind: str, channel: str, *, is_on: bool) -> None:
    with acting_as(personas.as_owner):
        set_preferences(user=personas.owner, choices={(kind, channel): is_on})


def test_defaults_hold_until_somebody_chooses(personas):
    assert channels(personas.owner, Kind.PAYMENT_SUCCEEDED) == ["email"]
    choose(personas, Kind.PAYMENT_SUCCEEDED, "email", is_on=False)
    assert channels(personas.owner, Kind.PAYMENT_SUCCEEDED) == []
    assert channels(personas.member, Kind.PAYMENT_SUCCEEDED) == ["email"]
    choose(personas, Kind.PAYMENT_SUCCEEDED, "email", is_on=True)
    assert channels(personas.owner, Kind.PAYMENT_SUCCEEDED) == ["email"]


@pytest.mark.parametrize(
    ("level", "found"), [("attention", []), ("warning", []), ("critical", ["email"]), ("depleted", ["email"])]
)
def test_urgent_levels_can_not_be_turned_off_by_email(personas, level, found):
    choose(personas, Kind.DEPOSIT_LEVEL, "email", is_on=False)

    assert channels(personas.owner, Kind.DEPOSIT_LEVEL, level) == found


@pytest.mark.parametrize(("kind", "channel"), [("payout_paid", "email"), ("new_lead", "chat"), ("new_lead", "fax")])
def test_what_a_role_never_gets_can_not_be_chosen(personas, kind, channel):
    with pytest.raises(InvalidInput):
        choose(personas, kind, channel, is_on=True)
    with acting_as(SYSTEM):
        assert not NotificationPreference.objects.exists()


def report(personas) -> Delivery:
    """An e-mail of a kind that comes again and again."""
    with acting_as(SYSTEM):
        lead = personas.submit()
    with acting_as(SYSTEM):
        notify(
            Kind.NEW_LEAD,
            [personas.owner],
            cause="test",
            context={
                "lead": lead,
                "leads": [lead],
                "count": 1,
                "campaign_name": "x",
                "influencer_name": "y",
                "expires_at": lead.expires_at,
                "url": "http://localhost:8000/leads/pending/",
            },
            channels=["email"],
        )
        return Delivery.objects.get(kind=Kind.NEW_LEAD, channel="email")


def test_mail_programs_end_a_kind_by_one_post_without_cookies(people, smtp):
    delivery = report(people)
    send_delivery(delivery.pk)
    [mail] = smtp.taken
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail["List-Unsubscribe"].strip("<>")

    response = Client(enforce_csrf_checks=True).post(url, {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert channels(people.owner, Kind.NEW_LEAD) == []
    assert channels(people.owner, Kind.PAYMENT_FAILED) == ["email"]
    assert Client().post(url).status_code == 200


def test_looking_at_the_link_changes_nothing(people):
    url = unsubscribe_url(people.owner.pk, Kind.NEW_LEAD)

    page = Client().get(url)

    assert page.status_code == 200
    assert b"<form" in page.content
    assert channels(people.owner, Kind.NEW_LEAD) == ["email"]


def test_a_link_of_somebody_else_can_not_be_made(people):
    url = unsubscribe_url(people.owner.pk, Kind.NEW_LEAD)

    assert Client().post(f"{url[:-3]}xx/").status_code == 404
    assert channels(people.owner, Kind.NEW_LEAD) == ["email"]


def test_messages_that_matter_carry_no_such_header(people, payment, smtp):
    with acting_as(SYSTEM):
        notify(Kind.WELCOME, [people.owner], cause="test", context={"url": "http://localhost:8000/"})
        delivery = Delivery.objects.get(kind=Kind.WELCOME, user=people.owner)
    send_delivery(delivery.pk)

    assert smtp.taken[0]["List-Unsubscribe"] is None
