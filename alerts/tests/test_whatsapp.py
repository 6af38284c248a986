"""WhatsApp by Meta's Cloud API and by Twilio, against servers that check templates and values as the real ones do."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone, translation

from accounts.models import User
from alerts.channels.registry import CHANNELS
from alerts.channels.whatsapp.templates import template_payload
from alerts.kinds import ChannelName, Kind
from alerts.models import NotificationPreference, NotificationProfile
from alerts.services import notify, send_delivery
from alerts.tests.phone_messages import (
    PHONE,
    change,
    fresh,
    make_delivery,
    of_channel,
    problems,
    tell_level,
    verify_phone,
)
from deposits.levels import AlertLevel
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.fakes import twilio as twilio_fake
from tests.fakes.whatsapp import TEMPLATES

CHANNEL = CHANNELS["whatsapp"]
DOCS = Path(__file__).parents[2] / "docs" / "whatsapp.md"


@pytest.fixture
def agreed(people):
    """Atlas' owner verified a phone and wants WhatsApp."""
    verify_phone(people.owner, whatsapp=True)
    return people


def notice(people, **values: object):
    return make_delivery(
        people,
        **{
            "channel": "whatsapp",
            "kind": Kind.PAYMENT_FAILED,
            "subject": "Paiement refusé",
            "payload": {"template": "leadsmarket_notice", "url": "https://leads.test/payments/1/"},
        }
        | values,
    )


def values_in(message: dict) -> list[str]:
    return [value["text"] for value in message["template"]["components"][0]["parameters"]]


@pytest.mark.parametrize(
    ("language", "level", "amount"), [("fr", "Critique", "450,00 MAD"), ("en", "Critical", "MAD 450.00")]
)
def test_a_critical_level_goes_as_its_template_in_the_persons_language(agreed, whatsapp, language, level, amount):
    with acting_as(SYSTEM):
        User.objects.filter(pk=agreed.owner.pk).update(language=language)
    agreed.owner.language = language
    tell_level(agreed)
    [delivery] = of_channel("whatsapp")
    assert send_delivery(delivery.pk) == "sent"

    [message] = whatsapp.taken
    assert (message["to"], message["template"]["name"]) == (PHONE, "leadsmarket_deposit_level")
    assert message["template"]["language"] == {"code": language}
    assert message["biz_opaque_callback_data"] == str(delivery.pk)
    said = values_in(message)
    assert said[:2] == [level, "Dépôt général"]
    assert said[2].replace("\xa0", " ") == amount
    assert said[3].replace("\xa0", " ") == "9 %"
    assert said[5] == f"http://localhost:8000/payments/recharge/{agreed.deposit.pk}/"
    assert (fresh(delivery).status, fresh(delivery).provider_id) == ("sent", message["id"])
    assert whatsapp.refused == []


def test_depleted_has_its_own_template(agreed, whatsapp):
    tell_level(agreed, AlertLevel.DEPLETED)
    [delivery] = of_channel("whatsapp")
    send_delivery(delivery.pk)
    assert whatsapp.taken[0]["template"]["name"] == "leadsmarket_deposit_depleted"
    assert len(values_in(whatsapp.taken[0])) == 4


def test_every_other_kind_goes_as_title_and_link(agreed, whatsapp):
    with acting_as(SYSTEM):
        NotificationPreference.objects.create(
            user=agreed.owner, kind=Kind.CAMPAIGN_PAUSED, channel="whatsapp", is_on=True
        )
        context = {
            "campaign_name": "Rénovation",
            "merchant_name": "Atlas",
            "is_depleted": True,
            "is_recharged": False,
            "is_ended": False,
            "to_influencer": False,
            "url": "http://localhost:8000/leads/campaigns/1/",
        }
        notify(Kind.CAMPAIGN_PAUSED, [agreed.owner], cause="test", context=context, channels=[ChannelName.WHATSAPP])
    [delivery] = of_channel("whatsapp")
    # Held back at night: sent here by hand.
    assert send_delivery(delivery.pk) == "sent"
    [message] = whatsapp.taken
    assert message["template"]["name"] == "leadsmarket_notice"
    assert values_in(message) == [delivery.subject, "http://localhost:8000/leads/campaigns/1/"]
    assert "Rénovation" in delivery.subject


def test_without_the_consent_nothing_is_sent(people, whatsapp):
    verify_phone(people.owner)
    tell_level(people)
    assert of_channel("whatsapp") == []


def test_without_settings_nothing_pretends_to_be_sent(agreed):
    assert CHANNEL.missing_settings() == [
        *("WHATSAPP_TOKEN", "WHATSAPP_PHONE_ID", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN")
    ]
    tell_level(agreed)
    [delivery] = of_channel("whatsapp")
    assert (delivery.status, delivery.sent_at) == ("not_sent", None)


def test_a_number_that_is_not_on_whatsapp_is_marked(people, whatsapp):
    number = "+212600131026"
    delivery = notice(people, address=number)
    assert send_delivery(delivery.pk) == "given_up"
    assert problems() == [("whatsapp", number, "131026: Message undeliverable (status 400)")]


def test_what_meta_keeps_from_a_person_is_given_up(people, whatsapp):
    delivery = notice(people, address="+212600131049")
    assert send_delivery(delivery.pk) == "given_up"
    assert problems() == []


@pytest.mark.parametrize("code", ["130429", "131042", "131047", "132015"])
def test_rates_and_what_the_operator_must_mend_wait(people, whatsapp, code):
    delivery = notice(people, address=f"+212600{code}")
    assert send_delivery(delivery.pk) == "retrying"
    assert fresh(delivery).error.startswith(f"{code}: ")
    assert problems() == []


def test_a_revoked_token_and_a_missing_template_wait(people, whatsapp, settings):
    delivery = notice(people)
    settings.WHATSAPP_TOKEN = "revoked"
    assert send_delivery(delivery.pk) == "retrying"
    assert fresh(delivery).error.startswith("190: ")

    settings.WHATSAPP_TOKEN = "fake-system-user-token"
    whatsapp.templates.pop("leadsmarket_notice")
    assert send_delivery(delivery.pk) == "retrying"
    assert fresh(delivery).error.startswith("132001: ")
    whatsapp.templates["leadsmarket_notice"] = 2
    assert send_delivery(delivery.pk) == "sent"
    assert len(whatsapp.taken) == 1


@pytest.mark.parametrize("trouble", ["500", "429", "silence", "reset", "garbage"])
def test_what_may_pass_is_tried_again_and_sent(people, whatsapp, trouble):
    delivery = notice(people)
    whatsapp.trouble = [trouble]
    assert send_delivery(delivery.pk) == "retrying"
    assert whatsapp.taken == []
    change(delivery, next_attempt_at=timezone.now())
    assert send_delivery(delivery.pk) == "sent"
    assert len(whatsapp.taken) == 1


def test_values_have_nothing_that_whatsapp_refuses(people, whatsapp):
    context = {"count": 3, "url": "https://leads.test/x/"}
    with translation.override("en"):
        assert template_payload(Kind.NEW_LEAD, "info", context) == {
            "template": "leadsmarket_new_leads",
            "values": ["3 new leads", "https://leads.test/x/"],
        }
    delivery = notice(people, subject="Un\ntitre\t avec      des espaces")
    assert send_delivery(delivery.pk) == "sent"
    assert values_in(whatsapp.taken[0])[0] == "Un titre avec des espaces"
    assert whatsapp.refused == []


@pytest.fixture
def by_twilio(twilio, settings):
    """WhatsApp leaving by Twilio, with its contents in French."""
    settings.WHATSAPP_PROVIDER = "twilio"
    settings.TWILIO_WHATSAPP_FROM = twilio_fake.FROM
    settings.TWILIO_WHATSAPP_TEMPLATES = {"leadsmarket_deposit_level_fr": "HX1", "leadsmarket_notice_fr": "HX2"}
    twilio.contents = {"HX1": 6, "HX2": 2}
    return twilio


def test_by_twilio_the_same_values_go_as_content_variables(agreed, by_twilio):
    assert CHANNEL.missing_settings() == []
    tell_level(agreed)
    [delivery] = of_channel("whatsapp")
    assert send_delivery(delivery.pk) == "sent"
    [message] = by_twilio.taken
    assert (message["To"], message["From"]) == (f"whatsapp:{PHONE}", f"whatsapp:{twilio_fake.FROM}")
    assert message["ContentSid"] == "HX1"
    assert list(json.loads(message["ContentVariables"]).values()) == delivery.payload["values"]
    assert twilio_fake.delivery_in(message) == str(delivery.pk)
    assert by_twilio.refused == []


def test_by_twilio_a_language_without_content_waits_for_the_operator(people, by_twilio, settings):
    delivery = notice(people, language="ar")
    assert send_delivery(delivery.pk) == "retrying"
    assert fresh(delivery).error == "TWILIO_WHATSAPP_TEMPLATES has no leadsmarket_notice_ar"
    assert by_twilio.requests == []
    settings.TWILIO_WHATSAPP_TEMPLATES = {}
    assert CHANNEL.missing_settings() == ["TWILIO_WHATSAPP_TEMPLATES"]


def test_the_texts_to_register_have_the_values_that_are_sent():
    text = DOCS.read_text("utf-8")
    for language, _name in django_settings.LANGUAGES:
        heading = {"fr": "French:", "en": "English:", "ar": "Arabic:"}[language]
        block = text.split(heading)[1].split("```")[1]
        written = dict(entry.split("\n", 1) for entry in block.strip().split("\n\n"))
        assert set(written) == set(TEMPLATES)
        for name, body in written.items():
            places = [int(place) for place in re.findall(r"\{\{(\d+)\}\}", body)]
            assert sorted(places) == list(range(1, TEMPLATES[name] + 1)), name
            # Meta refuses a text that begins or ends with a value.
            assert not body.startswith("{{")
            assert not body.endswith("}}")


def test_at_night_a_message_waits_until_morning_but_a_depleted_deposit_is_told(agreed, whatsapp):
    with acting_as(SYSTEM):
        local = timezone.localtime()
        NotificationProfile.objects.update(
            quiet_from=(local - timedelta(hours=1)).time(), quiet_until=(local + timedelta(hours=1)).time()
        )
        NotificationPreference.objects.create(
            user=agreed.owner, kind=Kind.DEPOSIT_LEVEL, channel="whatsapp", is_on=True
        )
    tell_level(agreed, AlertLevel.WARNING, cause="warning")
    tell_level(agreed, AlertLevel.DEPLETED, cause="depleted")
    held, urgent = of_channel("whatsapp")
    assert timedelta(minutes=59) < held.next_attempt_at - timezone.now() <= timedelta(hours=1)
    assert urgent.next_attempt_at <= timezone.now()
