"""Sending to a partner's server that verifies, refuses, hangs, lies; workers that die; two at once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import AuditEntry
from alerts.models import Delivery, Notification
from api.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from api.services.webhooks import (
    EndpointIsOff,
    forget_old_messages,
    resend_message,
    roll_secret,
    send_due_webhooks,
    send_endpoint_messages,
    send_message,
    switch_endpoint,
)
from api.services.webhooks.endpoints import OVERLAP
from api.services.webhooks.sending import CLAIM, OFF_AFTER, PAUSES
from api.services.webhooks.signing import signed_headers
from api.services.webhooks.wishes import NothingToSend
from api.tests.webhook_world import attempts, endpoint_of, fresh, messages, one_test
from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.sealing import NotOurs, seal, unseal
from tests.crowd import crowd
from tests.fakes.webhook_receiver import FakeReceiver


@pytest.fixture
def receiver():
    with FakeReceiver() as fake:
        yield fake


@pytest.fixture
def endpoint(committed_personas, receiver) -> WebhookEndpoint:
    """Atlas' webhook to the receiver, which knows its secret."""
    made, secret = endpoint_of(committed_personas.as_owner, receiver.url)
    receiver.secrets = [secret]
    return made


@pytest.fixture
def message(committed_personas, endpoint) -> WebhookMessage:
    """A new lead that Atlas is to be told of."""
    committed_personas.submit("600.00")
    return messages()[0]


def change(row, **values) -> None:
    with acting_as(SYSTEM):
        type(row).objects.filter(pk=row.pk).update(**values)


def test_sends_what_was_written_signed_with_an_id_that_stays(message, endpoint, receiver):
    assert send_endpoint_messages(endpoint.pk) == 1

    [event] = receiver.taken
    assert (event["type"], event["data"]["id"]) == ("lead.created", str(message.object_id))
    assert receiver.bodies == [message.body.encode()]
    [headers] = receiver.headers
    assert headers["webhook-id"] == message.webhook_id == f"msg_{message.pk.hex}"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Leadsmarket-Webhooks/1.0"
    sent = fresh(message)
    assert (sent.status, sent.attempt_count, sent.last_status_code, sent.claimed_until) == ("delivered", 1, 200, None)
    [attempt] = attempts(message)
    assert (attempt.number, attempt.status_code, attempt.error, attempt.answer) == (1, 200, "", "thanks")

    assert send_endpoint_messages(endpoint.pk) == send_due_webhooks() == 0
    assert receiver.requests == 1


def test_a_worker_is_asked_once_the_cause_is_committed(committed_personas, endpoint, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda task, arguments, **_options: asked.append((task.name, arguments))
    )
    with acting_as(committed_personas.as_influencer):
        committed_personas.submit()
        assert asked == []
    test = one_test(committed_personas.as_owner, endpoint)

    assert [call for call in asked if "webhook" in call[0]] == [
        ("api.tasks.send_webhooks_task", (str(endpoint.pk),)),
        ("api.tasks.send_webhook_task", (str(test.pk),)),
    ]


@pytest.mark.parametrize(
    ("trouble", "error", "status", "answer"),
    [
        ("500", "status", 500, "trouble 500"),
        ("redirect", "status", 302, ""),
        ("silence", "timeout", None, ""),
        ("reset", "broken", None, ""),
        ("garbage", "broken", None, ""),
    ],
)
def test_what_fails_is_noted_and_tried_again(message, endpoint, receiver, settings, trouble, error, status, answer):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.4
    receiver.trouble = [trouble]
    assert send_endpoint_messages(endpoint.pk) == 1

    waiting = fresh(message)
    assert (waiting.status, waiting.failures, waiting.last_status_code, waiting.claimed_until) == (
        "retrying",
        1,
        status,
        None,
    )
    assert PAUSES[0] * 0.9 < waiting.next_attempt_at - timezone.now() < PAUSES[0] * 1.2
    [attempt] = attempts(message)
    assert (attempt.error, attempt.status_code, attempt.answer) == (error, status, answer)
    assert fresh(endpoint).failing_since is not None
    assert receiver.requests == 1
    assert send_due_webhooks() == 0

    change(message, next_attempt_at=timezone.now())
    assert send_due_webhooks() == 1
    assert fresh(message).status == "delivered"
    assert fresh(endpoint).failing_since is None
    assert receiver.ids == [message.webhook_id]


def test_of_a_huge_answer_the_start_is_kept_and_its_status_counts(message, endpoint, receiver):
    receiver.trouble = ["huge"]
    send_endpoint_messages(endpoint.pk)
    [attempt] = attempts(message)
    assert (fresh(message).status, attempt.answer) == ("delivered", "x" * 500)
    assert receiver.sent_bytes < 20_000_000


def test_an_address_inside_is_not_called(message, endpoint, receiver, settings):
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    inside = [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/",
        f"http://127.0.0.1:{receiver.port}/",
    ]
    for url in inside:
        change(endpoint, url=url)
        change(message, next_attempt_at=timezone.now())
        send_message(message.pk)

    made = attempts(message)
    assert [(attempt.error, attempt.status_code, attempt.answer) for attempt in made] == [("refused", None, "")] * 4
    assert receiver.requests == 0


def test_is_tried_for_a_day_with_growing_pauses_then_given_up(message, endpoint, receiver):
    begin = timezone.now()
    receiver.trouble = ["503"] * 20
    made = []
    with time_machine.travel(begin, tick=False) as clock:
        while (waiting := fresh(message)).status in ("queued", "retrying"):
            clock.move_to(max(waiting.next_attempt_at, timezone.now()))
            assert send_due_webhooks() == 1
            made.append(timezone.now() - begin)

    assert len(made) == len(PAUSES) + 1 == receiver.requests
    for before, after, pause in zip(made, made[1:], PAUSES, strict=False):
        assert pause <= after - before <= pause * 1.2
    assert timedelta(hours=23) < made[-1] < timedelta(hours=29)
    assert fresh(message).status == "given_up"
    assert send_due_webhooks() == 0
    assert [attempt.number for attempt in attempts(message)] == list(range(1, len(made) + 1))


def test_each_attempt_bears_its_own_time_so_that_an_old_one_cannot_be_replayed(message, endpoint, receiver):
    with time_machine.travel(timezone.now() - timedelta(minutes=6), tick=False):
        change(message, next_attempt_at=timezone.now())
        headers = signed_headers(message, endpoint, now=timezone.now())
    [secret] = receiver.secrets
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(secret).verify(message.body, headers)

    headers = signed_headers(message, endpoint, now=timezone.now())
    assert Webhook(secret).verify(message.body, headers)["type"] == "lead.created"
    for tampered in (message.body.replace("pending", "validated"), message.body + " "):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(tampered, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(message.body, headers | {"webhook-id": "msg_other"})


def test_a_rolled_secret_and_the_one_before_sign_both_for_a_day(committed_personas, endpoint, message, receiver):
    [old] = receiver.secrets
    with acting_as(committed_personas.as_owner):
        _endpoint, new = roll_secret(endpoint_id=endpoint.pk)
    assert new != old
    rolled = fresh(endpoint)

    headers = signed_headers(message, rolled, now=timezone.now())
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        assert Webhook(secret).verify(message.body, headers)

    with time_machine.travel(timezone.now() + OVERLAP, tick=False):
        headers = signed_headers(message, rolled, now=timezone.now())
        assert Webhook(new).verify(message.body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(message.body, headers)


def test_secrets_do_not_stand_in_the_database_and_survive_a_change_of_key(endpoint, receiver, settings):
    [secret] = receiver.secrets
    stored = fresh(endpoint).sealed_secret
    assert secret not in stored
    assert unseal(stored) == secret
    assert seal(secret) != seal(secret)

    settings.SEALING_KEYS = ["n" * 50, settings.SECRET_KEY]
    assert unseal(stored) == secret
    settings.SEALING_KEYS = ["n" * 50]
    with pytest.raises(NotOurs):
        unseal(stored)


def test_a_secret_that_no_key_opens_fails_that_message_alone(committed_personas, message, endpoint, receiver, settings):
    settings.SEALING_KEYS = ["another key"]
    other, secret = endpoint_of(committed_personas.as_influencer, receiver.url)
    receiver.secrets.append(secret)
    one_test(committed_personas.as_influencer, other)

    assert send_due_webhooks() == 2

    assert attempts(message)[0].error == "internal"
    assert [event["type"] for event in receiver.taken] == ["webhook.test"]


def test_two_workers_at_once_send_each_message_once(committed_personas, endpoint, receiver):
    for _ in range(4):
        committed_personas.submit()
    with crowd(3) as workers:
        counts = workers.at_once(*[lambda: send_endpoint_messages(endpoint.pk)] * 2, send_due_webhooks)

    assert sum(counts) == 4 == receiver.requests
    assert sorted(receiver.ids) == sorted(message.webhook_id for message in messages())


def test_a_worker_that_died_is_waited_for_and_then_replaced(message, endpoint, receiver):
    change(message, claimed_until=timezone.now() + CLAIM, attempt_count=1)
    assert send_due_webhooks() == 0
    with time_machine.travel(timezone.now() + CLAIM + timedelta(seconds=1), tick=False):
        assert send_due_webhooks() == 1
    assert [attempt.number for attempt in attempts(message)] == [2]


def test_an_endpoint_that_fails_is_asked_by_the_job_alone_one_message_at_a_time(
    committed_personas, endpoint, receiver, settings
):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.3
    for _ in range(3):
        committed_personas.submit()
    receiver.trouble = ["silence", "silence"]
    assert send_endpoint_messages(endpoint.pk) == 1
    assert send_endpoint_messages(endpoint.pk) == 0
    assert send_due_webhooks() == 1
    assert receiver.requests == 2

    assert send_due_webhooks() == 1
    assert fresh(endpoint).failing_since is None
    for message in messages():
        change(message, next_attempt_at=timezone.now())
    assert send_endpoint_messages(endpoint.pk) == 2
    assert {message.status for message in messages()} == {"delivered"}


def test_endpoints_that_work_are_served_before_those_that_fail(committed_personas, endpoint, receiver):
    committed_personas.submit()
    change(endpoint, failing_since=timezone.now())
    with FakeReceiver() as second:
        other, secret = endpoint_of(committed_personas.as_influencer, second.url)
        second.secrets = [secret]
        one_test(committed_personas.as_influencer, other)
        receiver.trouble = ["500"]
        order = []
        receiver.answer, answer = lambda handler: (order.append("failing"), answer(handler)), receiver.answer
        second.answer, reply = lambda handler: (order.append("working"), reply(handler)), second.answer
        assert send_due_webhooks() == 2
    assert order == ["working", "failing"]


def told_owner() -> list[tuple[str, str]]:
    with acting_as(SYSTEM):
        return [
            *Notification.objects.filter(kind="webhook_off").values_list("user__email", "level"),
            *Delivery.objects.filter(kind="webhook_off").values_list("address", "channel"),
        ]


def test_an_endpoint_that_says_it_is_gone_is_switched_off_and_its_owner_told(
    committed_personas, message, endpoint, receiver
):
    committed_personas.submit()
    receiver.trouble = ["410"]
    send_endpoint_messages(endpoint.pk)

    off = fresh(endpoint)
    assert (off.is_on, off.off_reason) == (False, "gone")
    assert {message.status for message in messages()} == {"given_up"}
    assert told_owner() == [("atlas@exemple.ma", "danger"), ("atlas@exemple.ma", "email")]
    with acting_as(SYSTEM):
        assert AuditEntry.objects.get(action="api.webhook.switched_off").data == {"reason": "gone"}
        assert endpoint.url in Delivery.objects.get(kind="webhook_off").text
    committed_personas.submit()
    assert len(messages()) == 2
    assert send_due_webhooks() == 0


def test_an_endpoint_that_fails_for_days_is_switched_off(committed_personas, message, endpoint, receiver):
    receiver.trouble = ["500", "500"]
    change(endpoint, failing_since=timezone.now() - OFF_AFTER + timedelta(minutes=1))
    send_message(message.pk)
    assert fresh(endpoint).is_on

    change(endpoint, failing_since=timezone.now() - OFF_AFTER - timedelta(minutes=1))
    change(message, next_attempt_at=timezone.now())
    assert send_due_webhooks() == 1
    assert fresh(endpoint).off_reason == "failing"
    assert len(told_owner()) == 2

    with acting_as(committed_personas.as_owner):
        switched = switch_endpoint(endpoint_id=endpoint.pk, is_on=True)
    assert (switched.is_on, switched.failing_since) == (True, None)


def test_a_message_is_sent_once_more_with_the_same_id(committed_personas, message, endpoint, receiver):
    send_endpoint_messages(endpoint.pk)
    with acting_as(committed_personas.as_owner):
        resend_message(message_id=message.pk)
    assert fresh(message).status == "queued"
    assert send_message(message.pk) == 1
    assert receiver.ids == [message.webhook_id] * 2
    assert [attempt.number for attempt in attempts(message)] == [1, 2]


def test_a_message_that_was_given_up_gets_its_day_again(committed_personas, message, endpoint, receiver):
    change(message, status="given_up", failures=8, attempt_count=8)
    receiver.trouble = ["500"]
    with acting_as(committed_personas.as_owner):
        resend_message(message_id=message.pk)
    send_message(message.pk)
    assert (fresh(message).status, fresh(message).failures) == ("retrying", 1)


def test_what_is_asked_for_is_sent_also_where_the_endpoint_fails_and_others_wait(
    committed_personas, message, endpoint, receiver
):
    change(endpoint, failing_since=timezone.now())
    test = one_test(committed_personas.as_owner, endpoint)
    assert send_message(test.pk) == 1
    assert [event["type"] for event in receiver.taken] == ["webhook.test"]


def test_nothing_is_sent_once_more_where_that_cannot_be(committed_personas, message, endpoint):
    change(message, body="", status="given_up")
    with acting_as(committed_personas.as_owner):
        with pytest.raises(NothingToSend):
            resend_message(message_id=message.pk)
        switch_endpoint(endpoint_id=endpoint.pk, is_on=False)
        with pytest.raises(EndpointIsOff):
            resend_message(message_id=message.pk)
    assert fresh(message).status == "given_up"


def test_jobs_send_what_waits_and_forget_what_is_a_month_old(message, endpoint, receiver):
    with acting_as(SYSTEM):
        for days, status in ((31, "given_up"), (29, "given_up"), (31, "queued")):
            old = WebhookMessage.objects.create(
                endpoint=endpoint,
                merchant_id=endpoint.merchant_id,
                event="webhook.test",
                object_id=endpoint.pk,
                deduplication_key=f"old:{days}:{status}",
                body="{}",
                status=status,
                attempt_count=1,
                created_at=timezone.now() - timedelta(days=days),
            )
            WebhookAttempt.objects.create(message=old, number=1, duration=1)

    assert "webhooks tried: 2" in JOBS["deliver"].run().summary
    assert forget_old_messages(batch_size=1) == 2
    assert "webhooks 0" in JOBS["tidy_up"].run().summary

    assert [old.deduplication_key for old in messages(event="webhook.test")] == ["old:29:given_up"]
    with acting_as(SYSTEM):
        assert WebhookAttempt.objects.count() == 2


def test_switching_off_while_attempts_fail_never_deadlocks(committed_personas, endpoint, receiver):
    def switch(is_on: bool):
        with acting_as(committed_personas.as_owner):
            return switch_endpoint(endpoint_id=endpoint.pk, is_on=is_on)

    with crowd(3) as people:
        for _ in range(8):
            switch(is_on=True)
            test = one_test(committed_personas.as_owner, endpoint)
            receiver.trouble = ["500"]
            results = people.at_once(
                lambda test=test: send_message(test.pk), lambda: switch(is_on=False), lambda: send_due_webhooks()
            )
            assert not [result for result in results if isinstance(result, Exception)]
    assert {message.status for message in messages()} <= {"given_up", "delivered", "retrying"}
