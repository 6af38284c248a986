"""How often somebody may call, and that the API stays up without Redis."""

import logging

import pytest
from django.conf import settings
from django.core.cache import cache

from api import throttling
from api.tests.conftest import Caller
from api.tests.test_bulk import rows
from api.tests.test_create_lead import lead_body
from api.throttling import LEAD_CREATION, OTHERS, Limit
from tests.personas import PASSWORD


@pytest.fixture
def fewer(monkeypatch):
    """A function that sets lower limits, so that a test needs fewer calls. The real numbers have a test of their own."""

    def set_count(operation, *counts: int) -> None:
        limits = [Limit(limit.name, count, limit.of) for limit, count in zip(operation.limits, counts, strict=True)]
        monkeypatch.setattr(operation, "limits", tuple(limits))

    return set_count


def push_clock_back(seconds: int) -> None:
    """Make every counted request of this process so much older."""
    client = cache._cache.get_client(None, write=True)
    for key in client.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}:throttle:*"):
        times = [int(moment) - seconds * 1_000_000 for moment in client.lrange(key, 0, -1)]
        client.delete(key)
        client.rpush(key, *times)


def test_the_limits_are_those_of_the_contract():
    from api.auth.views import CreateToken
    from api.leads.lists import GetLead, ListLeads
    from api.leads.submission import CreateLead, CreateLeads

    assert [(limit.name, limit.count) for limit in CreateToken.limits] == [("login-address", 10), ("login-email", 10)]
    assert CreateLead.limits == CreateLeads.limits == LEAD_CREATION
    assert LEAD_CREATION[0].count == 120
    assert ListLeads.limits == GetLead.limits == OTHERS
    assert OTHERS[0].count == 600


def test_the_eleventh_log_in_in_a_minute_waits(db):
    log_in = {"email": "nobody@exemple.ma", "password": "x"}
    answers = [Caller().post("auth/token", log_in) for _ in range(11)]

    assert [answer.status for answer in answers] == [401] * 10 + [429]
    assert answers[-1].error == (429, "throttled")
    assert 50 <= int(answers[-1].headers["Retry-After"]) <= 60

    push_clock_back(60)
    assert Caller().post("auth/token", log_in).status == 401


def test_log_ins_are_counted_by_address_and_by_email(db, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def log_in(address: str, email: str) -> int:
        return Caller({"x-forwarded-for": address}).post("auth/token", {"email": email, "password": "x"}).status

    for number in range(10):
        assert log_in(f"192.0.2.{number}", "Victim@exemple.ma" if number % 2 else "victim@exemple.ma ") == 401
    assert log_in("192.0.2.99", "victim@exemple.ma") == 429
    assert log_in("192.0.2.99", "other@exemple.ma") == 401
    for number in range(9):
        assert log_in("192.0.2.99", f"{number}@exemple.ma") == 401
    assert log_in("192.0.2.99", "fresh@exemple.ma") == 429
    for number in range(11):
        status = log_in(f"2001:db8:1:1::{number}", f"six{number}@exemple.ma")
    assert status == 429, "one network of IPv6 is one customer"


def test_the_right_password_waits_like_any_other(personas, stranger):
    for _ in range(10):
        stranger.post("auth/token", {"email": "salma@exemple.ma", "password": "x"})
    assert stranger.post("auth/token", {"email": "salma@exemple.ma", "password": PASSWORD}).status == 429


def test_a_refused_request_does_not_count(personas, influencer, fewer):
    from api.leads.lists import ListLeads

    fewer(ListLeads, 2)
    assert [influencer.get("leads").status for _ in range(5)] == [200, 200, 429, 429, 429]
    push_clock_back(60)
    assert [influencer.get("leads").status for _ in range(3)] == [200, 200, 429]


def test_the_window_slides(personas, influencer, fewer):
    from api.leads.lists import ListLeads

    fewer(ListLeads, 2)
    influencer.get("leads")
    push_clock_back(40)
    influencer.get("leads")
    answer = influencer.get("leads")
    assert answer.status == 429
    assert 18 <= int(answer.headers["Retry-After"]) <= 20
    push_clock_back(21)
    assert [influencer.get("leads").status for _ in range(2)] == [200, 429]


def test_each_caller_has_a_count_of_their_own(personas, influencer, merchant, fewer):
    from api.leads.lists import ListLeads

    fewer(ListLeads, 1)
    assert [influencer.get("leads").status for _ in range(2)] == [200, 429]
    assert merchant.get("leads").status == 200


def test_leads_are_counted_by_influencer_apart_from_the_rest(personas, influencer, fewer):
    from api.leads.submission import CreateLead

    fewer(CreateLead, 1)
    assert influencer.post("leads/create", lead_body(personas)).status == 201
    refused = influencer.post("leads/create", lead_body(personas, customer_email="b@b.ma", customer_phone="0612345670"))
    assert refused.error == (429, "throttled")
    assert influencer.get("leads").status == 200


def test_every_lead_of_a_bulk_counts_and_a_refused_one_does_not(personas, influencer, fewer):
    from api.leads.submission import CreateLead, CreateLeads

    fewer(CreateLead, 5)
    fewer(CreateLeads, 5)
    leads = rows(personas, 3)
    assert influencer.post("leads/bulk", {"leads": leads}).status == 200
    assert influencer.post("leads/bulk", {"leads": leads}).status == 200, "three duplicates: counts as one"
    other = lead_body(personas, customer_email="b@b.ma", customer_phone="0612345670")
    assert influencer.post("leads/create", other).status == 201
    assert influencer.post("leads/bulk", {"leads": leads}).status == 429


def test_all_limits_of_a_request_are_one_round_trip(personas, influencer, monkeypatch):
    calls = []
    script = throttling._script()

    def count(**arguments):
        calls.append(arguments["keys"])
        return script(**arguments)

    monkeypatch.setattr(throttling, "_script", lambda: count)
    influencer.post("leads/create", lead_body(personas))
    Caller().post("auth/token", {"email": "a@b.ma", "password": "x"})
    assert [len(keys) for keys in calls] == [1, 2]


def test_without_redis_nobody_is_refused_and_it_is_logged_once(personas, influencer, settings, monkeypatch, caplog):
    caches = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    settings.CACHES = caches
    monkeypatch.setattr(throttling, "_paused", throttling._Pause())
    throttling._script.cache_clear()
    try:
        with caplog.at_level(logging.WARNING, logger="api.throttling"):
            assert influencer.post("leads/create", lead_body(personas)).status == 201
            assert influencer.get("leads").status == 200
    finally:
        throttling._script.cache_clear()
    assert len([record for record in caplog.records if record.name == "api.throttling"]) == 1
