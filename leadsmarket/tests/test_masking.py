"""What reaches a log or an error report is masked; what says which row it was about is not."""

import io
import logging
import sys

import pytest

from leadsmarket.lib.masking import (
    MaskingFilter,
    mask_bank_account,
    mask_email,
    mask_event,
    mask_phone,
    mask_text,
    mask_value,
)

MASKED = {
    "to amina.benali@exemple.ma now": "to a•••@exemple.ma now",
    "<Amina <AMINA+x@Sous.Exemple.MA>>": "<Amina <A•••@Sous.Exemple.MA>>",
    "/leads/?text=amina%40exemple.ma&page=2": "/leads/?text=a•••@exemple.ma&page=2",
    "أمينة@exemple.ma": "أ•••@exemple.ma",
    "called +212612345678.": "called +2126•••••78.",
    "+212 6 12 34 56 78": "+2126•••••78",
    "?phone=%2B212612345678": "?phone=+2126•••••78",
    "00212612345678": "00•••••78",
    "phone 06 12 34 56 78, home 05-22-12-34-56": "phone 06•••••78, home 05•••••56",
    "212612345678": "21•••••78",
    "rib 011519000001205000534921": "rib 011 519 •••• 21",
    "rib 011 519 0000012050005349 21": "rib 011 519 •••• 21",
    "MA64 011 519 0000 0120 5000 5349 21": "011 519 •••• 21",
    "card 4242 4242 4242 4242": "card •••• 4242",
    "key sk_test_51AbCdEfGhIjKlMn": "key sk_test_•••",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "whsec_•••",
    "Authorization: Bearer abc.def-ghi": "Authorization: Bearer •••",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl": "•••",
    "password='hunter2-hunter2' next": "password='•••' next",
    '{"refresh": "abcdef", "ok": 1}': '{"refresh": "•••", "ok": 1}',
    "postgres://leads:pa55@db:5432/leads": "postgres://•••@db:5432/leads",
    "GET /accounts/confirm-email/MQ:1u2b3c:aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_aBcDeFg/": (
        "GET /accounts/confirm-email/•••/"
    ),
    "GET /accounts/password/reset/key/abc-d1e2f3-0123456789/": "GET /accounts/password/reset/key/•••/",
    "DETAIL:  Failing row contains (1, Amina Benali,\n06 12).": "DETAIL:  Failing row contains (•••)",
    "DETAIL:  Key (name)=(Amina (B)) already exists.": "DETAIL:  Key (name)=(•••) already exists.",
}

KEPT = [
    "lead 019a9f2e-7c11-7d3a-8f00-0612345678ab decided",
    "deposit 06123456-7890-7123-8456-789012345678: 4990.00 MAD, was 5000.00",
    "R-2026-000001 of 2026-11-20T07:34:26.123Z took 0.0123 s on 127.0.0.1:8000",
    "Job expire_leads: 20000 leads expired",
    "POST /leads/pending/ 200 1234567 bytes",
    "event evt_1QabcdEFGH of stripe",
]


@pytest.mark.parametrize("text", MASKED)
def test_personal_data_and_secrets_are_masked(text):
    assert mask_text(text) == MASKED[text]
    assert mask_text(MASKED[text]) == MASKED[text]


@pytest.mark.parametrize("text", KEPT)
def test_ids_amounts_and_times_are_kept(text):
    assert mask_text(text) == text


def test_what_is_too_short_to_show_a_part_of_is_hidden_whole():
    assert (mask_email("nobody"), mask_phone("0612"), mask_bank_account("0115")) == ("•••", "•••", "•••")


def test_values_are_masked_by_the_name_they_stand_under():
    event = {
        "event": "lead refused for amina@exemple.ma",
        "customer_name": "Amina Benali",
        "display_name": "Salma",
        "customer_email": "amina@exemple.ma",
        "phone": "+212612345678",
        "rib": "011519000001205000534921",
        "HTTP_AUTHORIZATION": "Token 1",
        "password": 12345678,
        "duration": 0.25,
        "lead": {"customer_notes": "a call after 18 h", "tags": ["06 12 34 56 78", None, True]},
    }

    masked = mask_event(None, "info", dict(event))

    assert masked == {
        "event": "lead refused for a•••@exemple.ma",
        "customer_name": "•••",
        "display_name": "•••",
        "customer_email": "a•••@exemple.ma",
        "phone": "+2126•••••78",
        "rib": "011 519 •••• 21",
        "HTTP_AUTHORIZATION": "•••",
        "password": "•••",
        "duration": 0.25,
        "lead": {"customer_notes": "•••", "tags": ["06•••••78", None, True]},
    }
    assert mask_value(("a@exemple.ma", b"b@exemple.ma")) == ["a•••@exemple.ma", "b•••@exemple.ma"]


@pytest.fixture
def log() -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskingFilter())
    logger = logging.Logger("masked")
    logger.addHandler(handler)
    return logger, stream


def test_a_log_line_is_masked_with_its_arguments_and_its_exception(log):
    logger, stream = log
    try:
        raise ValueError("no such person: amina@exemple.ma")
    except ValueError:
        logger.exception("for %s and %s", "+212612345678", 7, stack_info=True)
    logger.info({"event": "typed", "email": "amina@exemple.ma"})
    logger.info("arguments that don't fit: %s", "06 12 34 56 78", 1)

    written = stream.getvalue()
    assert "for +2126•••••78 and 7" in written
    assert "ValueError: no such person: a•••@exemple.ma" in written
    assert "Stack (most recent call last)" in written
    assert "'email': 'a•••@exemple.ma'" in written
    assert "('06•••••78', 1)" in written
    assert "amina" not in written.replace(__file__, "").split("Stack")[0]


def test_a_percent_in_a_masked_message_is_no_format(log):
    logger, stream = log
    logger.info("100 %% of %s", "x", exc_info=sys.exc_info())
    assert stream.getvalue().startswith("100 % of x\n")
