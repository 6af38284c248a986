"""What providers say of messages: repeated, out of order, before our own note, of an earlier sending."""

import hmac
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import AuditEntry
from alerts.models import AddressProblem, Delivery, NotificationProfile
from alerts.services import CLAIM, Outcome, note_status, resend_delivery, send_delivery
from alerts.tests.phone_messages import PHONE, fresh, make_delivery, problems, verify_phone
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.fakes import twilio as twilio_fake
from tests.fakes import whatsapp as whatsapp_fake
from tests.personas import Personas


@pytest.fixture
def sent(people: Personas) -> Delivery:
    """A text message to Atlas' owner that the provider took as SM1."""
    return make_delivery(people, status="sent", sent_at=timezone.now(), provider_id="SM1")


def test_what_arrived_stays_so_whatever_comes_late(sent):
    assert note_status(Outcome.DELIVERED, delivery_id=sent.pk, provider_id="SM1")
    arrived = fresh(sent)
    assert (arrived.status, arrived.error) == ("delivered", "")
    assert arrived.delivered_at is not None

    assert not note_status(Outcome.SENT, delivery_id=sent.pk, provider_id="SM1")
    assert not note_status(Outcome.DELIVERED, delivery_id=sent.pk, provider_id="SM1")
    assert not note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="late", bad_address=True)
    assert fresh(sent).updated_at == arrived.updated_at
    assert problems() == []


def test_a_message_that_did_not_arrive_says_why_once(sent):
    for _time in range(3):
        note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="30005: unknown", bad_address=True)
        note_status(Outcome.SENT, delivery_id=sent.pk, provider_id="SM1")
        note_status(Outcome.DELIVERED, delivery_id=sent.pk, provider_id="SM1")

    failed = fresh(sent)
    assert (failed.status, failed.error, failed.delivered_at) == ("bounced", "30005: unknown", None)
    assert problems() == [("sms", PHONE, "30005: unknown")]


def test_a_repeat_does_not_bring_back_a_problem_that_was_solved(sent):
    note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="no such number", bad_address=True)
    with acting_as(SYSTEM):
        AddressProblem.objects.update(solved_at=timezone.now())
    assert not note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="again", bad_address=True)
    assert problems() == []


def test_a_mailbox_may_bounce_after_it_took_the_message(sent):
    note_status(Outcome.DELIVERED, channel="sms", provider_id="SM1")
    assert note_status(Outcome.BOUNCED, channel="sms", provider_id="SM1", reason="mailbox gone", bad_address=True)
    bounced = fresh(sent)
    assert (bounced.status, bounced.delivered_at, bounced.error) == ("bounced", None, "mailbox gone")
    assert not note_status(Outcome.DELIVERED, channel="sms", provider_id="SM1")
    assert fresh(sent).status == "bounced"


def test_a_callback_may_come_before_our_own_note(people):
    sending = make_delivery(people, claimed_until=timezone.now() + CLAIM, attempts=1)
    assert note_status(Outcome.DELIVERED, delivery_id=sending.pk, provider_id="SM9")
    noted = fresh(sending)
    assert (noted.status, noted.provider_id, noted.claimed_until) == ("delivered", "SM9", None)
    assert noted.sent_at is not None


@pytest.mark.parametrize("status", ["retrying", "given_up"])
def test_what_timed_out_but_was_taken_is_not_sent_again(people, status):
    waiting = make_delivery(people, status=status, attempts=1, error="NoAnswer")
    assert note_status(Outcome.SENT, delivery_id=waiting.pk, provider_id="SM9")
    assert (fresh(waiting).status, fresh(waiting).error) == ("sent", "")


def test_what_timed_out_and_failed_is_tried_again_but_for_a_bad_address(people):
    waiting = make_delivery(people, status="retrying", attempts=1, error="NoAnswer")
    assert not note_status(Outcome.FAILED, delivery_id=waiting.pk, provider_id="SM9", reason="busy")
    assert fresh(waiting).status == "retrying"

    assert note_status(Outcome.FAILED, delivery_id=waiting.pk, provider_id="SM9", reason="gone", bad_address=True)
    assert fresh(waiting).status == "bounced"
    assert problems() == [("sms", PHONE, "gone")]


def test_a_callback_of_the_sending_before_stops_no_second_one(people, sent):
    with acting_as(people.as_staff):
        resend_delivery(delivery_id=sent.pk)
    for outcome in Outcome:
        assert not note_status(outcome, delivery_id=sent.pk, provider_id="SM1", bad_address=True)
    assert fresh(sent).status == "queued"

    # Also while a worker sends it.
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=sent.pk).update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert not note_status(Outcome.DELIVERED, delivery_id=sent.pk, provider_id="SM1")
    assert note_status(Outcome.DELIVERED, delivery_id=sent.pk, provider_id="SM2")


def test_of_two_sendings_after_a_crash_the_one_that_arrives_counts(sent):
    assert not note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM0", reason="no", bad_address=True)
    assert fresh(sent).status == "sent"
    note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="no")
    assert note_status(Outcome.DELIVERED, delivery_id=sent.pk, provider_id="SM0")
    assert (fresh(sent).status, fresh(sent).error) == ("delivered", "")


def test_an_unknown_message_changes_nothing(people, sent):
    assert not note_status(Outcome.FAILED, delivery_id=new_id(), reason="?", bad_address=True)
    assert not note_status(Outcome.FAILED, channel="whatsapp", provider_id="SM1", reason="?", bad_address=True)
    assert not note_status(Outcome.FAILED, channel="sms", provider_id="", reason="?", bad_address=True)
    not_sent = make_delivery(people, status="not_sent")
    assert not note_status(Outcome.DELIVERED, delivery_id=not_sent.pk, provider_id="SM5")
    assert fresh(sent).status == "sent"
    assert problems() == []


def post_twilio(path: str, values: dict[str, str], headers: dict[str, str]):
    # Like Twilio's own requests: no session, no CSRF token.
    form = "application/x-www-form-urlencoded"
    return Client(enforce_csrf_checks=True).post(path, urlencode(values), form, headers=headers)


def post_whatsapp(body: bytes, headers: dict[str, str]):
    client = Client(enforce_csrf_checks=True)
    return client.post("/webhooks/whatsapp", body, "application/json", headers=headers)


@pytest.fixture
def texted(people: Personas, twilio) -> Delivery:
    """A text message to Atlas' owner that Twilio took."""
    verify_phone(people.owner)
    delivery = make_delivery(people)
    send_delivery(delivery.pk)
    return fresh(delivery)


def test_twilio_tells_that_a_message_arrived(texted, twilio):
    for status, noted in (("queued", "sent"), ("sent", "sent"), ("delivered", "delivered"), ("sent", "delivered")):
        response = post_twilio(*twilio.callback(texted.provider_id, status))
        assert (response.status_code, response.content) == (200, b"<Response/>")
        assert fresh(texted).status == noted
    assert "sessionid" not in response.cookies


def test_twilio_tells_that_a_number_is_dead(texted, twilio):
    for _time in range(2):
        assert post_twilio(*twilio.callback(texted.provider_id, "undelivered", "30005")).status_code == 200
    assert (fresh(texted).status, fresh(texted).error) == ("bounced", "undelivered 30005")
    assert problems() == [("sms", PHONE, "undelivered 30005")]


def test_a_phone_that_is_off_is_no_bad_number(texted, twilio):
    post_twilio(*twilio.callback(texted.provider_id, "undelivered", "30003"))
    assert (fresh(texted).status, problems()) == ("bounced", [])


def test_a_callback_that_twilio_did_not_sign_is_refused(texted, twilio, settings):
    path, values, headers = twilio.callback(texted.provider_id, "delivered")
    other = f"{path.partition('=')[0]}={new_id()}"
    forged = [
        (path, values, {}),
        (path, values, {"X-Twilio-Signature": "é"}),
        (path, values, twilio_fake.signed("http://localhost:8000" + path, values, "another token")[2]),
        (path, values | {"MessageStatus": "failed"}, headers),
        (other, values, headers),
    ]
    for request in forged:
        assert post_twilio(*request).status_code == 400
    client = Client(enforce_csrf_checks=True)
    assert client.post(path, {"MessageStatus": "delivered"}, headers=headers).status_code == 400
    assert client.get(path).status_code == 405
    settings.TWILIO_AUTH_TOKEN = ""
    assert (
        post_twilio(path, values, twilio_fake.signed("http://localhost:8000" + path, values, "")[2]).status_code == 400
    )
    assert fresh(texted).status == "sent"


def test_a_signed_callback_of_nothing_we_know_is_taken_and_changes_nothing(texted, twilio):
    for query in ("", "?delivery=", "?delivery=x", f"?delivery={new_id()}"):
        values = {"MessageSid": texted.provider_id, "MessageStatus": "failed", "ErrorCode": "30005"}
        assert (
            post_twilio(*twilio_fake.signed(f"http://localhost:8000/webhooks/twilio{query}", values)).status_code == 200
        )
    path = f"http://localhost:8000/webhooks/twilio?delivery={texted.pk}"
    assert post_twilio(*twilio_fake.signed(path, {"MessageStatus": "scheduled"})).status_code == 200
    assert (fresh(texted).status, problems()) == ("sent", [])


@pytest.mark.parametrize("word", ["STOP", "Arrêt", " stop. ", "إيقاف"])
def test_stop_ends_sms_and_start_takes_it_back(people, texted, word):
    for _time in range(2):
        assert post_twilio(*twilio_fake.reply("http://localhost:8000", PHONE, word)).status_code == 200
    with translation.override("fr"):
        assert problems() == [("sms", PHONE, translation.gettext("You answered STOP."))]
    post_twilio(*twilio_fake.reply("http://localhost:8000", PHONE, "START"))
    assert problems() == []


def test_other_words_and_other_phones_change_nothing(people, texted):
    for phone, word in ((PHONE, "Merci, stop et fin"), (PHONE, ""), ("+212699999999", "STOP")):
        assert post_twilio(*twilio_fake.reply("http://localhost:8000", phone, word)).status_code == 200
    assert problems() == []


def whatsapp_consent(people: Personas) -> bool:
    with acting_as(SYSTEM):
        return NotificationProfile.objects.get(user=people.owner).whatsapp_agreed_at is not None


def test_stop_on_whatsapp_withdraws_the_consent_for_good(people, twilio, whatsapp):
    verify_phone(people.owner, whatsapp=True)
    post_twilio(*twilio_fake.reply("http://localhost:8000", f"whatsapp:{PHONE}", "STOP"))
    assert not whatsapp_consent(people)

    verify_phone(people.owner, whatsapp=True)
    for word in ("Bonjour", "Arrêter", "Arrêter", "START"):
        assert post_whatsapp(*whatsapp_fake.reply(PHONE.lstrip("+"), word)).status_code == 200
    assert not whatsapp_consent(people)
    assert problems() == []
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="alerts.whatsapp.withdrawn").count() == 2


@pytest.fixture
def on_whatsapp(people: Personas, whatsapp) -> Delivery:
    """A message to Atlas' owner that Meta took."""
    payload = {"template": "leadsmarket_notice", "url": "https://leads.test/"}
    delivery = make_delivery(people, channel="whatsapp", payload=payload)
    send_delivery(delivery.pk)
    return fresh(delivery)


def test_meta_tells_that_a_message_arrived_and_was_read(on_whatsapp, whatsapp):
    for status, noted in (("read", "delivered"), ("delivered", "delivered"), ("sent", "delivered")):
        response = post_whatsapp(*whatsapp.status(on_whatsapp.provider_id, status))
        assert (response.status_code, response.content) == (200, b"")
        assert fresh(on_whatsapp).status == noted


def test_meta_tells_why_a_message_did_not_arrive(on_whatsapp, whatsapp):
    for _time in range(2):
        told = whatsapp.status(on_whatsapp.provider_id, "failed", 131026, "Message undeliverable")
        assert post_whatsapp(*told).status_code == 200
    assert fresh(on_whatsapp).error == "131026: Message undeliverable"
    assert problems() == [("whatsapp", PHONE, "131026: Message undeliverable")]


def test_meta_may_forget_our_id(on_whatsapp, whatsapp):
    body, _headers = whatsapp.status(on_whatsapp.provider_id, "delivered")
    told = json.loads(body)["entry"][0]["changes"][0]["value"]
    del told["statuses"][0]["biz_opaque_callback_data"]
    assert post_whatsapp(*whatsapp_fake.signed(told)).status_code == 200
    assert fresh(on_whatsapp).status == "delivered"


def test_what_meta_did_not_sign_is_refused(on_whatsapp, whatsapp, settings):
    body, headers = whatsapp.status(on_whatsapp.provider_id, "delivered")
    told = json.loads(body)["entry"][0]["changes"][0]["value"]
    forged = [
        (body, {}),
        (body, {"X-Hub-Signature-256": "sha256=é"}),
        (body.replace(b"delivered", b"failed   "), headers),
        whatsapp_fake.signed(told, secret="guess"),
        whatsapp_fake.signed(told, cut=1),
    ]
    for request in forged:
        assert post_whatsapp(*request).status_code == 400
    settings.WHATSAPP_APP_SECRET = ""
    assert post_whatsapp(*whatsapp_fake.signed(told, secret="")).status_code == 400
    assert fresh(on_whatsapp).status == "sent"


@pytest.mark.parametrize(
    "value", [[], "text", None, {}, {"statuses": "x", "messages": [1, {}]}, {"statuses": [{}, {"errors": [None, {}]}]}]
)
def test_signed_bodies_of_other_shapes_are_taken_and_change_nothing(on_whatsapp, value):
    assert post_whatsapp(*whatsapp_fake.signed(value)).status_code == 200
    assert fresh(on_whatsapp).status == "sent"


def test_a_signed_body_that_is_no_json_is_refused(on_whatsapp):
    body = b"not json"
    digest = hmac.digest(whatsapp_fake.SECRET.encode(), body, "sha256").hex()
    assert post_whatsapp(body, {"X-Hub-Signature-256": f"sha256={digest}"}).status_code == 400


def test_meta_gets_its_challenge_back_for_the_token_typed_there(db, client, whatsapp, settings):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "typed-at-meta", "hub.challenge": "<b>1158201444"}
    response = client.get("/webhooks/whatsapp", asked)
    assert (response.status_code, response.content) == (200, b"<b>1158201444")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    for wrong in ({"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        assert client.get("/webhooks/whatsapp", asked | wrong).status_code == 400
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert client.get("/webhooks/whatsapp", asked | {"hub.verify_token": ""}).status_code == 400
