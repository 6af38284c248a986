"""Idempotency-Key: the first answer again, another body refused, two at once run once, nothing half kept."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.response import Response

from accounts.models import Merchant
from api import idempotency
from api.authentication import ApiUser, Credentials
from api.idempotency import erase_answers_about, forget_old_requests
from api.models import IdempotentRequest
from api.operations import Operation
from api.tests.conftest import caller_of
from api.tests.test_create_lead import amounts, count_of_leads, lead_body
from deposits.services import adjust_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.identifiers import new_id
from payments.errors import GatewayUnavailable
from tests.crowd import crowd


def kept() -> list[IdempotentRequest]:
    with acting_as(SYSTEM):
        return list(IdempotentRequest.objects.order_by("created_at"))


def test_the_same_request_gets_the_first_answer_again(personas, influencer):
    first = influencer.post("leads/create", lead_body(personas), idempotency_key="lead-1")
    again = influencer.post("leads/create", lead_body(personas), idempotency_key="lead-1")

    assert first.status == again.status == 201
    assert again.text == first.text
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_of_leads() == 1
    assert amounts(personas)[1] == Decimal(80)


def test_another_body_or_address_is_a_conflict(personas, influencer):
    influencer.post("leads/create", lead_body(personas), idempotency_key="k")

    other = lead_body(personas, customer_email="b@email.com", customer_phone="0612345679")
    for answer in (
        influencer.post("leads/create", other, idempotency_key="k"),
        influencer.post("leads/preview-commission", {"estimated_value": 600}, idempotency_key="k"),
    ):
        assert answer.error == (409, "idempotency_conflict")
    assert count_of_leads() == 1


def test_a_refusal_is_an_answer_too(personas, influencer):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4950.00"), reason="Essai")
    first = influencer.post("leads/create", lead_body(personas), idempotency_key="k")
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("4950.00"), reason="Essai")
    again = influencer.post("leads/create", lead_body(personas), idempotency_key="k")

    assert first.error == again.error == (402, "insufficient_deposit")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_of_leads() == 0
    assert influencer.post("leads/create", lead_body(personas), idempotency_key="k2").status == 201


def test_keys_are_each_callers_own(personas, influencer, merchant):
    influencer.post("leads/preview-commission", {"estimated_value": 600}, idempotency_key="k")
    answer = merchant.post("leads/preview-commission", {"estimated_value": 600}, idempotency_key="k")

    assert answer.status == 200
    assert "Idempotent-Replayed" not in answer.headers
    with acting_as(personas.as_influencer):
        assert [row.user_id for row in IdempotentRequest.objects.all()] == [personas.influencer_user.pk]


def test_after_a_day_a_key_is_new(personas, influencer):
    influencer.post("leads/preview-commission", {"estimated_value": 600}, idempotency_key="k")
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        answer = caller_of(personas.as_influencer).post(
            "leads/preview-commission", {"estimated_value": 700}, idempotency_key="k"
        )
        assert answer.body["commission_amount"] == Decimal("70.00")
        assert "Idempotent-Replayed" not in answer.headers
    assert len(kept()) == 1


def test_old_requests_are_forgotten(personas, influencer):
    influencer.post("leads/preview-commission", {"estimated_value": 600}, idempotency_key="k")
    with acting_as(SYSTEM):
        assert forget_old_requests() == 0
        with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
            assert forget_old_requests() == 1
    assert kept() == []


@pytest.mark.parametrize("key", ["", "x" * 256, "line\tbreak", "clé"])
def test_what_can_be_no_key_is_refused(personas, influencer, key):
    answer = influencer.post("leads/create", lead_body(personas), idempotency_key=key)
    assert answer.error == (400, "validation_error")
    assert count_of_leads() == 0


def test_reading_needs_no_key(personas, influencer):
    assert influencer.get("leads", idempotency_key="k").status == 200
    assert kept() == []


def test_a_key_of_255_characters_is_taken(personas, influencer):
    answer = influencer.post("leads/preview-commission", {"estimated_value": 600}, idempotency_key="x" * 255)
    assert answer.status == 200


def test_of_many_at_once_one_runs_and_all_get_its_answer(committed_personas):
    caller = caller_of(committed_personas.as_influencer)
    body = lead_body(committed_personas)

    with crowd(6) as threads:
        answers = threads.at_once(
            *[lambda: caller_of(committed_personas.as_influencer).post("leads/create", body, idempotency_key="k")] * 6
        )

    assert {answer.status for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert count_of_leads() == 1
    assert caller.get("leads").body["results"][0]["id"] == answers[0].body["lead"]["id"]


def test_the_control_without_a_key_shows_who_would_be_refused(committed_personas):
    body = lead_body(committed_personas)
    with crowd(6) as threads:
        answers = threads.at_once(*[lambda: caller_of(committed_personas.as_influencer).post("leads/create", body)] * 6)
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]


def test_who_waits_too_long_is_told_to_come_again(committed_personas, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.2)
    caller = caller_of(committed_personas.as_influencer)

    def first() -> None:
        with acting_as(committed_personas.as_influencer), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO api_idempotentrequest (id, principal_id, user_id, key, body_hash, answer, created_at, expires_at)"
                " VALUES (gen_random_uuid(), %s, %s, 'k', 'other', '', now(), now() + interval '1 day')",
                [committed_personas.influencer_user.pk] * 2,
            )
            time.sleep(0.8)
            transaction.set_rollback(True)

    def second():
        time.sleep(0.2)
        return caller.post("leads/create", lead_body(committed_personas), idempotency_key="k")

    with crowd(2) as threads:
        _first, answer = threads.at_once(first, second)

    assert answer.error == (409, "idempotency_conflict")
    assert "still running" in answer.body["error"]["message"]
    assert count_of_leads() == 0


class Provider:
    """What an operation with its own transactions does, as the tests want it."""

    def __init__(self, *outcomes: object, seconds: float = 0) -> None:
        self.outcomes = list(outcomes)
        self.seconds = seconds
        self.calls = 0

    def post(self, _view: Operation, _request: HttpRequest) -> Response:
        self.calls += 1
        time.sleep(self.seconds)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return Response(outcome)


def call(personas, provider: Provider, key: str = "k"):
    """Send one request to an operation that calls a provider, as Atlas' owner."""

    class Charge(Operation):
        own_transactions = True
        throttle_classes = ()

        def perform_authentication(self, request):
            request._user, request._auth = ApiUser(personas.owner.pk), Credentials(personas.as_owner, personas.owner.pk)

        def post(self, request):
            return provider.post(self, request)

    request = RequestFactory().post("/api/charge", "{}", "application/json", headers={"idempotency-key": key})
    request.user = AnonymousUser()
    response = Charge.as_view()(request)
    if hasattr(response, "render"):
        response.render()
    return response


def test_a_call_of_a_provider_is_kept_too(personas):
    provider = Provider({"payment": 1})
    first, again = call(personas, provider), call(personas, provider)

    assert provider.calls == 1
    assert (first.content, again.content) == (b'{"payment":1}', b'{"payment":1}')
    assert again["Idempotent-Replayed"] == "true"


def test_a_provider_that_does_not_answer_is_asked_again(personas):
    provider = Provider(GatewayUnavailable(), ZeroDivisionError(), {"payment": 1})

    assert call(personas, provider).status_code == 502
    assert kept() == []
    assert call(personas, provider).status_code == 500
    assert kept() == []
    assert call(personas, provider).status_code == 200


def test_a_claim_whose_worker_died_is_taken_over_after_a_while(personas, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.2)
    died = Provider(KeyboardInterrupt())
    monkeypatch.setattr(idempotency, "_forget", lambda claim: None)
    with pytest.raises(KeyboardInterrupt):
        call(personas, died)

    waiting = Provider({"payment": 1})
    assert call(personas, waiting).status_code == 409
    assert waiting.calls == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert call(personas, waiting).status_code == 200


def test_of_two_calls_of_a_provider_one_runs(committed_personas):
    provider = Provider({"payment": 1}, seconds=0.4)
    with crowd(3) as threads:
        responses = threads.at_once(*[lambda: call(committed_personas, provider)] * 3)

    assert provider.calls == 1
    assert {response.content for response in responses} == {b'{"payment":1}'}


def test_a_crash_between_action_and_answer_leaves_neither(personas, influencer, monkeypatch):
    def die(*_arguments: object) -> None:
        raise RuntimeError("the worker is gone")

    with monkeypatch.context() as broken:
        broken.setattr(idempotency, "_store", die)
        assert influencer.post("leads/create", lead_body(personas), idempotency_key="k").error == (500, "server_error")

    assert count_of_leads() == 0
    assert kept() == []
    assert influencer.post("leads/create", lead_body(personas), idempotency_key="k").status == 201
    assert count_of_leads() == 1


def test_the_answer_of_a_refusal_keeps_nothing_of_its_work(personas, influencer, monkeypatch):
    """Work done before a refusal is undone though the refusal itself is kept."""

    def half(*, lead_id, **_fields):
        assert Merchant.objects.filter(pk=personas.merchant.pk).update(city="half") == 1
        raise Refusal

    lead = personas.submit()
    monkeypatch.setattr("api.leads.decisions.mark_lost", half)
    caller = caller_of(personas.as_owner)

    answer = caller.put(f"leads/{lead.pk}/outcome", {"outcome": "lost"}, idempotency_key="k")

    assert answer.error == (409, "conflict")
    assert len(kept()) == 1
    with acting_as(SYSTEM):
        assert Merchant.objects.get(pk=personas.merchant.pk).city == ""


def test_what_is_kept_of_an_erased_person_is_emptied(personas, influencer):
    first = influencer.post("leads/create", lead_body(personas), idempotency_key="k")
    with acting_as(SYSTEM):
        assert erase_answers_about([new_id(), first.body["lead"]["id"]]) == 1

    again = influencer.post("leads/create", lead_body(personas), idempotency_key="k")
    assert again.error == (404, "not_found")
    assert "ahmed" not in again.text.lower()
    assert count_of_leads() == 1
