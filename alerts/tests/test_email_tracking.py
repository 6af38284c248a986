"""What an e-mail provider tells of our messages, as django-anymail reads it: signed, repeated, late, of nobody."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery
from alerts.services import notify
from leadsmarket.lib.actor import SYSTEM, acting_as

SECRET = "ours:Yb7-random"


@pytest.fixture
def delivery(people, settings) -> Delivery:
    settings.EMAIL_PROVIDER = "mailgun"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": "signing-key"}
    with acting_as(SYSTEM):
        notify(Kind.WELCOME, [people.owner], cause="test", context={"url": "http://localhost:8000/"})
        delivery = Delivery.objects.get(user=people.owner, kind=Kind.WELCOME)
        Delivery.objects.filter(pk=delivery.pk).update(
            status="sent", sent_at=delivery.created_at, provider_id="<1@leads.test>"
        )
    return delivery


def tell(client, delivery: Delivery, event: str, *, secret: str = SECRET, key: str = "signing-key", **details: object):
    """Send an event as Mailgun does, signed."""
    stamp, token = str(int(time.time())), "token"
    body = {
        "signature": {
            "timestamp": stamp,
            "token": token,
            "signature": hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest(),
        },
        "event-data": {
            "event": event,
            "id": f"{event}-{delivery.pk}",
            "timestamp": time.time(),
            "recipient": delivery.address,
            "message": {"headers": {"message-id": "1@leads.test"}},
            "user-variables": {"delivery_id": str(delivery.pk)},
            **details,
        },
    }
    login = base64.b64encode(secret.encode()).decode()
    return client.post(
        "/webhooks/email",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Basic {login}"},
    )


def state(delivery: Delivery) -> tuple[str, int]:
    with acting_as(SYSTEM):
        return Delivery.objects.get(pk=delivery.pk).status, AddressProblem.objects.filter(solved_at=None).count()


def test_an_email_that_arrived_is_noted_once(client, delivery):
    for _repeat in range(2):
        assert tell(client, delivery, "delivered").status_code == 200
        assert state(delivery) == ("delivered", 0)


def test_an_address_that_bounces_gets_no_more(client, delivery, people):
    permanent = {
        "severity": "permanent",
        "reason": "bounce",
        "delivery-status": {"code": 550, "message": "No such user"},
    }

    assert tell(client, delivery, "failed", **permanent).status_code == 200
    assert state(delivery) == ("bounced", 1)
    with acting_as(SYSTEM):
        notify(Kind.WELCOME, [people.owner], cause="again", context={"url": "http://localhost:8000/"})
        later = Delivery.objects.get(deduplication_key__startswith="again:")
    assert later.status == "not_sent"
    assert "No such user" in later.error


def test_a_complaint_after_the_arrival_ends_it_too(client, delivery):
    tell(client, delivery, "delivered")
    tell(client, delivery, "complained")

    assert state(delivery) == ("bounced", 1)


@pytest.mark.parametrize("wrong", [{"secret": "ours:guess"}, {"key": "another"}])
def test_what_is_not_signed_by_the_provider_changes_nothing(client, delivery, wrong):
    assert tell(client, delivery, "failed", severity="permanent", **wrong).status_code == 400
    assert state(delivery) == ("sent", 0)


def test_without_a_secret_there_is_no_such_address(client, delivery, settings):
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "signing-key"}

    assert tell(client, delivery, "delivered").status_code == 404
    assert state(delivery) == ("sent", 0)
