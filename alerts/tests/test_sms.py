"""SMS by Twilio, against a server that checks what it gets: the text, each refusal, each trouble, workers that are killed."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from alerts.channels.registry import CHANNELS
from alerts.channels.sms.text import fit_text
from alerts.models import Event, NotificationProfile
from alerts.services import Outcome, note_status, send_delivery, send_due_deliveries
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
from leadsmarket.lib.gsm7 import is_gsm7, sms_segments
from tests.fakes import twilio as fake
from tests.fakes.twilio import FakeTwilio, delivery_in

CHANNEL = CHANNELS["sms"]
LINK = "https://leads.example.ma/payments/01a1f765-867e-7383-9f32-15cb5a8157c1/recharge/"


def staff_was_told() -> bool:
    with acting_as(SYSTEM):
        return Event.objects.filter(kind="staff_problem").exists()


def test_a_critical_level_goes_to_the_verified_phone(people, twilio):
    verify_phone(people.owner)
    tell_level(people)
    [sms] = of_channel("sms")
    assert send_delivery(sms.pk) == "sent"

    [message] = twilio.taken
    assert (message["To"], message["From"]) == (PHONE, fake.FROM)
    assert delivery_in(message) == str(sms.pk)
    assert message["StatusCallback"].startswith("http://localhost:8000/webhooks/twilio?")
    assert "450,00 MAD" in message["Body"]
    assert message["Body"].endswith(f"/payments/recharge/{people.deposit.pk}/")
    assert is_gsm7(message["Body"])
    sent = fresh(sms)
    assert (sent.status, sent.provider_id, sent.error) == ("sent", message["sid"], "")
    assert send_delivery(sms.pk) == "nothing to do"
    assert twilio.refused == []


def test_a_phone_that_was_not_verified_gets_nothing(people, twilio):
    verify_phone(people.owner)
    with acting_as(SYSTEM):
        NotificationProfile.objects.update(phone_verified_at=None)
    tell_level(people)
    assert of_channel("sms") == []


def test_a_messaging_service_chooses_the_sender(people, twilio, settings):
    settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID = "", fake.SERVICE
    assert CHANNEL.missing_settings() == []
    assert send_delivery(make_delivery(people).pk) == "sent"
    [message] = twilio.taken
    assert message["MessagingServiceSid"] == fake.SERVICE
    assert "From" not in message


def test_without_settings_nothing_pretends_to_be_sent(people):
    assert CHANNEL.missing_settings() == ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"]
    verify_phone(people.owner)
    tell_level(people)
    [sms] = of_channel("sms")
    assert (sms.status, sms.sent_at) == ("not_sent", None)
    assert sms.error
    assert send_due_deliveries() == 0 or fresh(sms).status == "not_sent"


@pytest.mark.parametrize("code", ["21211", "21610", "21614", "21635"])
def test_a_number_that_takes_no_sms_is_marked_and_given_up(people, twilio, code):
    number = f"+2126000{code}"
    verify_phone(people.owner, number)
    sms = make_delivery(people, address=number)
    assert send_delivery(sms.pk) == "given_up"

    assert fresh(sms).error.startswith(f"{code}: ")
    [(channel, address, reason)] = problems()
    assert (channel, address) == ("sms", number)
    assert reason.startswith(code)
    assert not staff_was_told()

    # The next message says why it is not sent, and goes nowhere.
    tell_level(people, cause="next")
    *_before, following = of_channel("sms")
    assert (following.status, following.error) == ("not_sent", reason)
    assert twilio.taken == []


@pytest.mark.parametrize("code", ["21408", "21612"])
def test_what_the_operator_must_mend_waits(people, twilio, code):
    sms = make_delivery(people, address=f"+2126000{code}")
    assert send_delivery(sms.pk) == "retrying"
    assert fresh(sms).error.startswith(f"{code}: ")
    assert problems() == []


def test_a_wrong_token_or_sender_waits_for_the_operator(people, twilio, settings):
    sms = make_delivery(people)
    settings.TWILIO_AUTH_TOKEN = "revoked"
    assert send_delivery(sms.pk) == "retrying"
    assert fresh(sms).error.startswith("20003: ")
    assert "revoked" not in fresh(sms).error

    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = fake.TOKEN, "+212529999999"
    assert send_delivery(sms.pk) == "retrying"
    assert fresh(sms).error.startswith("21606: ")
    settings.TWILIO_FROM = fake.FROM
    assert send_delivery(sms.pk) == "sent"
    assert (fresh(sms).attempts, len(twilio.taken)) == (3, 1)


@pytest.mark.parametrize("trouble", ["500", "503", "429", "silence", "reset", "garbage", "redirect"])
def test_what_may_pass_is_tried_again_and_sent(people, twilio, trouble):
    sms = make_delivery(people)
    twilio.trouble = [trouble]
    assert send_delivery(sms.pk) == "retrying"
    assert fresh(sms).error
    assert twilio.taken == []
    assert send_due_deliveries() == 0 or fresh(sms).attempts == 1

    change(sms, next_attempt_at=timezone.now())
    assert send_delivery(sms.pk) == "sent"
    assert (len(twilio.taken), len(twilio.requests)) == (1, 2)


def test_a_slow_answer_is_waited_for(people, twilio):
    twilio.trouble = ["slow"]
    assert send_delivery(make_delivery(people).pk) == "sent"
    assert len(twilio.taken) == 1


@pytest.mark.parametrize("trouble", ["silence-after", "reset-after", "500-after"])
def test_a_lost_answer_repeats_nothing_once_the_callback_has_come(people, twilio, trouble):
    sms = make_delivery(people)
    twilio.trouble = [trouble]
    assert send_delivery(sms.pk) == "retrying"
    [message] = twilio.taken

    assert note_status(outcome=Outcome.SENT, delivery_id=sms.pk, provider_id=message["sid"])
    change(sms, next_attempt_at=timezone.now())
    assert send_delivery(sms.pk) == "nothing to do"
    assert (fresh(sms).status, fresh(sms).provider_id) == ("sent", message["sid"])
    assert len(twilio.taken) == 1


def test_given_up_after_a_day_and_staff_are_told(people, twilio):
    sms = make_delivery(people)
    change(sms, created_at=timezone.now() - timedelta(hours=25))
    twilio.trouble = ["503"]
    assert send_delivery(sms.pk) == "given_up"
    assert staff_was_told()


SEND = """
import os, sys
from uuid import UUID
import django
from django.conf import settings
django.setup()
settings.TWILIO_TIMEOUT_SECONDS = 20
from alerts.services import send_delivery
send_delivery(UUID(sys.argv[1]))
"""


@pytest.mark.parametrize("callback_comes", [True, False])
def test_a_worker_killed_while_sending_repeats_at_most_once(people, twilio: FakeTwilio, callback_comes):
    sms = make_delivery(people)
    # Twilio takes the message and is slow to say so; the worker is killed before it can note anything.
    twilio.trouble, twilio.silence = ["silence-after"], 5
    worker = subprocess.Popen([sys.executable, "-c", SEND, str(sms.pk)], env=worker_environment(twilio))
    until = time.monotonic() + 60
    while not twilio.messages and time.monotonic() < until and worker.poll() is None:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    assert len(twilio.taken) == 1
    assert fresh(sms).status == "queued"
    # Its claim keeps the others away.
    assert send_delivery(sms.pk) == "nothing to do"

    change(sms, claimed_until=timezone.now() - timedelta(seconds=1))
    if callback_comes:
        assert note_status(outcome=Outcome.DELIVERED, delivery_id=sms.pk, provider_id=twilio.taken[0]["sid"])
        assert send_delivery(sms.pk) == "nothing to do"
        assert fresh(sms).status == "delivered"
    else:
        assert send_delivery(sms.pk) == "sent"
    assert send_delivery(sms.pk) == "nothing to do"
    assert len(twilio.taken) == (1 if callback_comes else 2)


def worker_environment(twilio: FakeTwilio) -> dict[str, str]:
    """The variables of a process that works on this test's database."""
    urls = {}
    for name, alias in (("DATABASE_URL", "default"), ("DATABASE_OWNER_URL", "owner")):
        values = connections[alias].settings_dict
        user = f"{values['USER']}:{values['PASSWORD']}"
        urls[name] = f"postgres://{user}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
    return {
        **os.environ,
        **urls,
        "LEADSMARKET_ENV": "test",
        "TWILIO_API_BASE": twilio.url,
        "TWILIO_ACCOUNT_SID": fake.ACCOUNT,
        "TWILIO_AUTH_TOKEN": fake.TOKEN,
        "TWILIO_FROM": fake.FROM,
    }


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Dépôt épuisé : 0,00\u00a0MAD. " + LINK, "Dépot épuisé : 0,00 MAD. " + LINK),
        ("نفد الرصيد. " + LINK, "نفد الرصيد. " + LINK),
        ("بقي \u200f0,00 د.م.\u200f (\u20660%\u2069)", "بقي 0,00 د.م. (0%)"),
        ("Bref", "Bref"),
    ],
)
def test_texts_are_written_in_the_letters_of_sms(text, sent):
    assert fit_text(text) == sent


@pytest.mark.parametrize(("word", "ellipsis"), [("Rénovation ", "..."), ("ترميم ", "…")])
def test_a_text_that_is_too_long_loses_words_but_not_its_link(word, ellipsis):
    sent = fit_text(f"{word * 100}{LINK}")
    assert sms_segments(sent) == 4
    assert sent.startswith(word * 15)
    assert sent.endswith(f"{ellipsis} {LINK}")
    without_link = fit_text(word * 100)
    assert sms_segments(without_link) == 4
    assert without_link.endswith(ellipsis)


def test_a_text_that_just_fits_is_left_whole():
    text = "a" * (4 * 153 - 1 - len(LINK)) + " " + LINK
    assert fit_text(text) == text
    assert len(fit_text("a b " + text)) < len(text)


def test_depleted_goes_at_once_also_at_night(people, twilio):
    verify_phone(people.owner)
    with acting_as(SYSTEM):
        NotificationProfile.objects.update(quiet_from="00:00", quiet_until="23:59")
    tell_level(people, AlertLevel.DEPLETED)
    [sms] = of_channel("sms")
    assert sms.next_attempt_at <= timezone.now()
