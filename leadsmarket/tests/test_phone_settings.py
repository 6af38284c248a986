"""SMS and WhatsApp: all settings of a way out or none; production refuses a part of them."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadsmarket.settings.phones import check_complete
from leadsmarket.tests.test_production_payments import start

TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret-word"}
META = {
    "WHATSAPP_TOKEN": "t",
    "WHATSAPP_PHONE_ID": "1",
    "WHATSAPP_APP_SECRET": "s",
    "WHATSAPP_VERIFY_TOKEN": "v",
}
BY_TWILIO = TWILIO | {
    "WHATSAPP_PROVIDER": "twilio",
    "TWILIO_WHATSAPP_FROM": "+212520000000",
    "TWILIO_WHATSAPP_TEMPLATES": "leadsmarket_notice_fr=HX1,leadsmarket_notice_ar=HX2",
}
NAMES = {*TWILIO, *META, *BY_TWILIO, "TWILIO_FROM", "TWILIO_MESSAGING_SERVICE_SID"}
NOTHING: dict[str, str] = dict.fromkeys(NAMES, "") | {"WHATSAPP_PROVIDER": "meta"}


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
def test_complete_or_absent_is_right(variables):
    check_complete(NOTHING | variables)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN must be set together"),
        ({"TWILIO_AUTH_TOKEN": "secret-word"}, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN must be set together"),
        (TWILIO, "TWILIO_ACCOUNT_SID needs TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID"),
        *[({name: value for name, value in META.items() if name != left_out}, left_out) for left_out in META],
        (BY_TWILIO | {"TWILIO_WHATSAPP_FROM": ""}, "WHATSAPP_PROVIDER=twilio needs TWILIO_WHATSAPP_FROM"),
        (BY_TWILIO | {"TWILIO_WHATSAPP_TEMPLATES": ""}, "needs TWILIO_WHATSAPP_TEMPLATES"),
        ({"WHATSAPP_PROVIDER": "twilio"}, "needs TWILIO_ACCOUNT_SID and TWILIO_WHATSAPP_FROM"),
    ],
)
def test_a_part_is_refused_and_named(variables, named):
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        check_complete(NOTHING | variables)
    assert "secret-word" not in str(refused.value)


def test_production_does_not_start_with_a_part():
    assert "TWILIO_AUTH_TOKEN must be set together" in start(TWILIO_ACCOUNT_SID="AC1")
    assert start(**META) == ""
    assert start(**BY_TWILIO) == ""
    assert start(WHATSAPP_PROVIDER="signal").endswith("WHATSAPP_PROVIDER can't be read: ValueError")
