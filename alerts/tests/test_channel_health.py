"""What doctor says of SMS and WhatsApp: off, configured, let in, refused, without an answer."""

import pytest

from alerts.health import channels
from leadsmarket.lib.health import Finding, State


def finding(name: str, *, online: bool = True) -> Finding:
    return next(one for one in channels(online=online) if one.what == f"channel {name}")


def test_without_settings_a_channel_is_off():
    assert finding("sms").state == finding("whatsapp").state == State.OFF
    assert "TWILIO_AUTH_TOKEN" in finding("sms").detail


def test_providers_are_asked_only_where_that_is_allowed(twilio, whatsapp):
    assert finding("sms", online=False).detail == "configured"
    assert twilio.requests == whatsapp.requests == []
    assert (finding("sms").state, finding("sms").detail) == (State.OK, "Twilio lets us in")
    assert (finding("whatsapp").state, finding("whatsapp").detail) == (State.OK, "Meta lets us in")


def test_a_revoked_key_is_broken_and_named_without_its_value(twilio, whatsapp, settings):
    settings.TWILIO_AUTH_TOKEN = settings.WHATSAPP_TOKEN = "revoked-secret"
    for name, variable in (("sms", "TWILIO_AUTH_TOKEN"), ("whatsapp", "WHATSAPP_TOKEN")):
        found = finding(name)
        assert found.state == State.BROKEN
        assert variable in found.advice
        assert "revoked-secret" not in f"{found.detail} {found.advice}"


@pytest.mark.parametrize("trouble", ["503", "429", "reset"])
def test_a_provider_that_is_away_breaks_nothing(twilio, trouble):
    twilio.trouble = [trouble]
    assert finding("sms").state == State.HINT


def test_whatsapp_by_twilio_asks_twilio(twilio, settings):
    settings.WHATSAPP_PROVIDER = "twilio"
    settings.TWILIO_WHATSAPP_FROM, settings.TWILIO_WHATSAPP_TEMPLATES = (
        "+212520000000",
        {"leadsmarket_notice_fr": "HX1"},
    )
    assert finding("whatsapp").detail == "Twilio lets us in"
