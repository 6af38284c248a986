"""One shape for every error, in the reader's language, and never a 500 for bad input."""

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from api.tests.conftest import Caller, caller_of
from api.tests.test_create_lead import lead_body
from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, acting_as


@pytest.mark.parametrize(
    "path", ["", "nothing", "leads/", "leads/create/", "leads/no-id", "auth", "v1/leads", "leads//create", "leads/%0A"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_addresses_are_not_found_in_json(stranger, method, path):
    answer = stranger(method, path, {} if method == "POST" else None)
    assert answer.error == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "leads/create", "POST"),
        ("DELETE", "leads", "GET, HEAD"),
        ("OPTIONS", "leads", "GET, HEAD"),
        ("PATCH", "auth/token", "POST"),
        ("TRACE", "leads", "GET, HEAD"),
        ("BREW", "leads", "GET, HEAD"),
    ],
)
def test_other_methods_are_refused(influencer, method, path, allowed):
    answer = influencer(method, path)
    assert answer.error == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


def test_head_answers_like_get_without_its_body(influencer):
    answer = influencer("HEAD", "leads")
    assert (answer.status, answer.text) == (200, "")


BAD_BODIES = [
    "",
    "{",
    "nothing",
    '{"a": NaN}',
    '{"a": Infinity}',
    '{"a": 1e999999999}',
    "[" * 100_000,
    '{"a":' * 50_000,
    "1" * 10_000,
    b"\xff\xfe",
    "[]",
    "5",
    "null",
    '"text"',
    '{"customer_name": "\\ud800"}',
    '{"email": "\\ud800", "password": "x", "source": "\\uDFFF\\ud800"}',
    '{"\\udc00": 1}',
    '{"estimated_value": 1e400}',
    '{"estimated_value": -0.0}',
    '{"estimated_value": 1' + "0" * 5000 + "}",
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_malformed_bodies_are_refused(influencer, stranger, body):
    assert influencer("POST", "leads/create", body).error == (400, "validation_error")
    assert stranger("POST", "auth/token", body).error == (400, "validation_error")
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]
)
def test_other_content_types_are_refused(influencer, kind):
    answer = influencer("POST", "leads/create", "a=1", content_type=kind)
    assert answer.error == (415, "unsupported_media_type")


def test_json_of_any_charset_name_and_any_accept_is_answered_in_json(personas, influencer):
    import json

    body = json.dumps(lead_body(personas), default=str)
    answer = influencer(
        "POST",
        "leads/create",
        body,
        content_type="Application/JSON; charset=utf-8",
        accept="text/html, application/xml",
    )
    assert answer.status == 201
    assert answer.headers["Content-Type"] == "application/json"


def test_a_body_too_large_is_refused(influencer, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    for headers in ({}, {"idempotency_key": "k"}):
        answer = influencer("POST", "leads/create", '{"a": "' + "x" * 1000 + '"}', **headers)
        assert answer.error == (400, "validation_error")


@pytest.mark.parametrize(
    ("wanted", "message", "language"),
    [
        ("en", "Please log in.", "en"),
        ("en-GB,en;q=0.9", "Please log in.", "en"),
        ("de, en;q=0.5", "Please log in.", "en"),
    ],
)
def test_messages_are_in_the_language_asked_for(db, wanted, message, language):
    answer = Caller({"accept-language": wanted}).get("leads")
    assert answer.error == (401, "not_authenticated")
    assert answer.body["error"]["message"] == message
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("wanted", "language"), [("", "fr"), ("de", "fr"), ("*", "fr"), ("x" * 5000, "fr"), ("ar-MA", "ar")]
)
def test_french_is_spoken_where_nothing_of_ours_is_asked_for(db, wanted, language):
    answer = Caller({"accept-language": wanted} if wanted else {}).get("nothing")
    assert answer.headers["Content-Language"] == language


def test_a_session_reads_its_own_language_unless_another_is_asked_for(personas, client_of):
    with acting_as(SYSTEM):
        personas.owner.language = "ar"
        personas.owner.save(update_fields=["language"])
    browser = client_of(personas.owner)
    assert Caller({}, browser).get("leads?cursor=x").headers["Content-Language"] == "ar"
    assert Caller({"accept-language": "en"}, browser).get("leads?cursor=x").headers["Content-Language"] == "en"


def test_the_unexpected_is_told_without_details_and_logged(personas, influencer, monkeypatch, caplog):
    def fail(**_fields):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.leads.submission.create_lead", fail)
    answer = influencer.post("leads/create", lead_body(personas))

    assert answer.error == (500, "server_error")
    assert "secret" not in answer.text
    (record,) = [record for record in caplog.records if record.name == "api.errors"]
    assert "secret detail" in record.exc_text or "secret detail" in str(record.exc_info[1])


def test_what_was_done_before_the_unexpected_is_undone(personas, influencer, monkeypatch):
    def fail(lead):
        raise RuntimeError

    monkeypatch.setattr("api.leads.submission.lead_answer", fail)
    assert influencer.post("leads/create", lead_body(personas)).error == (500, "server_error")
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()


def test_errors_carry_no_csp_of_less_and_no_sniffing(stranger):
    headers = stranger.get("nothing").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_staff_tokens_read_but_decide_nothing(personas, staff):
    lead = personas.submit()
    assert staff.get(f"leads/{lead.pk}").status == 200
    assert staff.put(f"leads/{lead.pk}/validate", {"quality_score": 8}).error == (403, "permission_denied")


def test_a_key_that_may_only_read_writes_nothing(personas, monkeypatch):
    """Scopes are looked at for every way to log in."""
    from api.authentication import Credentials, TokenAuthentication

    real = TokenAuthentication.authenticate

    def read_only(self, request):
        user, credentials = real(self, request)
        return user, Credentials(credentials.actor, credentials.principal_id, frozenset({"read"}))

    monkeypatch.setattr(TokenAuthentication, "authenticate", read_only)
    caller = caller_of(personas.as_influencer)
    assert caller.get("leads").status == 200
    assert caller.post("leads/create", lead_body(personas)).error == (403, "permission_denied")


@pytest.mark.parametrize("headers", [{}, {"idempotency_key": "k"}])
def test_who_loses_a_deadlock_is_tried_once_more(personas, influencer, monkeypatch, headers):
    from api.leads import submission

    create, calls = submission.create_lead, []

    def lose_once(**fields):
        calls.append(fields)
        if len(calls) == 1:
            raise OperationalError from DeadlockDetected()
        return create(**fields)

    monkeypatch.setattr(submission, "create_lead", lose_once)
    assert influencer.post("leads/create", lead_body(personas), **headers).status == 201
    assert len(calls) == 2
