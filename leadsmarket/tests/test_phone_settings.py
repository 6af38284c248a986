"""SMS and WhatsApp: all settings of a way out or none; production refuses a part of them."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadsmarket.settings.environment import Environment
from leadsmarket.settings.phones import check_complete, phone_settings
from leadsmarket.tests.test_production_payments import start

TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "token"}
META = {
    "WHATSAPP_TOKEN": "t",
    "WHATSAPP_PHONE_ID": "1",
    "WHATSAPP_APP_SECRET": "s",
    "WHATSAPP_VERIFY_TOKEN": "v",
}
BY_TWILIO = TWILIO | {
    "WHATSAPP_PROVIDER": "Twilio",
    "TWILIO_WHATSAPP_FROM": "+212520000000",
    "TWILIO_WHATSAPP_TEMPLATES": "leadsmarket_notice_fr=HX1,leadsmarket_notice_ar=HX2",
}
NAMES = {*TWILIO, *META, *BY_TWILIO, "TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID"}


@pytest.fixture
def read(monkeypatch):
    """A function that reads these variables and checks them as production does."""

    def read_and_check(variables: dict[str, str]) -> dict:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings = phone_settings(Environment())
        check_complete(settings)
        return settings

    return read_and_check


@pytest.mark.parametrize(
    "variables",
    [
        {},
        TWILIO | {"TWILIO_FROM": "+212520000000"},
        TWILIO | {"TWILIO_MESSAGING_SERVICE_SID": "MG1"},
        META,
        META | TWILIO | {"TWILIO_FROM": "+212520000000"},
        BY_TWILIO,
    ],
)
def test_complete_or_absent_is_right(read, variables):
    settings = read(variables)
    assert settings["TWILIO_API_BASE"] == "https://api.twilio.com"
    assert settings["WHATSAPP_API_BASE"].startswith("https://graph.facebook.com/v")


def test_templates_are_read_by_name_and_language(read):
    assert read(BY_TWILIO)["TWILIO_WHATSAPP_TEMPLATES"] == {
        "leadsmarket_notice_fr": "HX1",
        "leadsmarket_notice_ar": "HX2",
    }


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN must be set together"),
        ({"TWILIO_AUTH_TOKEN": "token"}, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN must be set together"),
        (TWILIO, "TWILIO_ACCOUNT_SID needs TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"),
        *[({name: value for name, value in META.items() if name != left_out}, left_out) for left_out in META],
        (BY_TWILIO | {"TWILIO_WHATSAPP_FROM": ""}, "WHATSAPP_PROVIDER=twilio needs TWILIO_WHATSAPP_FROM"),
        (BY_TWILIO | {"TWILIO_WHATSAPP_TEMPLATES": ""}, "needs TWILIO_WHATSAPP_TEMPLATES"),
        ({"WHATSAPP_PROVIDER": "twilio"}, "needs TWILIO_ACCOUNT_SID and TWILIO_WHATSAPP_FROM"),
        ({"WHATSAPP_PROVIDER": "signal"}, "WHATSAPP_PROVIDER must be one of meta, twilio"),
    ],
)
def test_a_part_is_refused_and_named(read, variables, named):
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        read(variables)
    assert "token" not in str(refused.value)


def test_production_does_not_start_with_a_part():
    assert "TWILIO_AUTH_TOKEN must be set together" in start(TWILIO_ACCOUNT_SID="AC1")
    assert start(**META) == ""
