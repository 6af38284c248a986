"""Sending what is queued, against a mail server that refuses, hangs and hangs up; workers that die; two at once."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from alerts.kinds import Kind
from alerts.models import Delivery
from alerts.services import CLAIM, notify, resend_delivery, send_delivery, send_due_deliveries
from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import NotFound
from tests.crowd import crowd
from tests.personas import Personas


@pytest.fixture
def delivery(people: Personas) -> Delivery:
    """A welcome to Atlas' owner, the only message that waits."""
    with acting_as(SYSTEM):
        Delivery.objects.update(status="given_up")
        notify(Kind.WELCOME, [people.owner], cause="test", context={"url": "http://localhost/dashboard/"})
        return Delivery.objects.get(status="queued")


def fresh(delivery: Delivery) -> Delivery:
    with acting_as(SYSTEM):
        return Delivery.objects.get(pk=delivery.pk)


def change(delivery: Delivery, **values: object) -> None:
    with acting_as(SYSTEM):
        Delivery.objects.filter(pk=delivery.pk).update(**values)


def test_sends_text_and_html_with_an_id_that_repeats(delivery, smtp, settings):
    settings.DEFAULT_FROM_EMAIL = "Leadsmarket <bonjour@leadsmarket.ma>"
    assert send_delivery(delivery.pk) == "sent"

    [mail] = smtp.taken
    assert smtp.recipients == ["atlas@exemple.ma"]
    assert mail["Subject"] == delivery.subject
    assert mail["From"] == "Leadsmarket <bonjour@leadsmarket.ma>"
    assert mail["Message-ID"] == f"<{delivery.pk}@leadsmarket.ma>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content().splitlines() == delivery.text.splitlines()
    assert mail.get_body(("html",)).get_content().splitlines() == delivery.html.splitlines()
    sent = fresh(delivery)
    assert (sent.status, sent.attempts, sent.error, sent.claimed_until) == ("sent", 1, "", None)
    assert sent.sent_at is not None

    assert send_delivery(delivery.pk) == "nothing to do"
    assert len(smtp.taken) == 1


def test_an_address_that_does_not_exist_is_given_up_at_once(delivery, smtp):
    smtp.answer("RCPT", "550 5.1.1 No such user")
    assert send_delivery(delivery.pk) == "given_up"
    assert "No such user" in fresh(delivery).error
    assert send_due_deliveries() == 0


def test_content_refused_for_good_is_given_up(delivery, smtp):
    smtp.answer("end", "554 5.7.1 Looks like spam")
    assert send_delivery(delivery.pk) == "given_up"


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT", "450 4.2.1 Mailbox busy"),
        ("end", "451 4.3.0 Try later"),
        ("connect", "421 Too many connections"),
        ("connect", "554 Closed today"),
        ("connect", "hang up"),
        ("MAIL", "550 5.7.1 Sender not verified yet"),
        ("DATA", "hang up"),
        ("end", "hang up"),
    ],
)
def test_what_may_pass_is_tried_again_and_sent(delivery, smtp, step, answer):
    smtp.answer(step, answer)
    assert send_delivery(delivery.pk) == "retrying"

    waiting = fresh(delivery)
    assert waiting.error
    assert waiting.claimed_until is None
    assert timedelta(seconds=25) < waiting.next_attempt_at - timezone.now() < timedelta(seconds=46)
    assert send_due_deliveries() == 0

    change(delivery, next_attempt_at=timezone.now())
    assert send_due_deliveries() == 1
    sent = fresh(delivery)
    assert (sent.status, sent.attempts, sent.error) == ("sent", 2, "")
    assert len(smtp.taken) == 1


def test_a_server_that_says_nothing_times_out(delivery, smtp, settings):
    settings.EMAIL_TIMEOUT = 0.3
    smtp.answer("connect", 2.0)
    assert send_delivery(delivery.pk) == "retrying"
    assert "imed out" in fresh(delivery).error


def test_no_server_at_all(delivery, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert send_delivery(delivery.pk) == "retrying"


def test_gaps_grow_to_two_hours(delivery, smtp):
    gaps = []
    for attempts in (0, 1, 2, 5, 12, 40):
        change(delivery, attempts=attempts, next_attempt_at=timezone.now())
        smtp.answer("connect", "421 Later")
        assert send_delivery(delivery.pk) == "retrying"
        gaps.append((fresh(delivery).next_attempt_at - timezone.now()).total_seconds())
    smallest = [30, 60, 120, 960, 7200, 7200]
    assert all(low - 5 < gap < low * 1.5 + 1 for gap, low in zip(gaps, smallest, strict=True)), gaps


def test_given_up_after_a_day(delivery, smtp):
    change(delivery, created_at=timezone.now() - timedelta(hours=25))
    smtp.answer("connect", "421 Later")
    assert send_delivery(delivery.pk) == "given_up"
    assert send_due_deliveries() == 0


def test_what_cannot_be_attached_waits_and_tells_why(delivery, smtp, caplog):
    change(delivery, attachments=[{"kind": "receipt", "id": str(delivery.pk)}])
    assert send_delivery(delivery.pk) == "retrying"
    assert "Receipt matching query does not exist" in fresh(delivery).error
    assert smtp.sessions == 0


def test_a_worker_that_died_while_sending_leaves_its_message_to_another(delivery, smtp):
    # The claim is committed before anything is sent: this is what is left of a worker that was killed then.
    change(delivery, claimed_until=timezone.now() + CLAIM, attempts=1)
    assert send_delivery(delivery.pk) == "nothing to do"
    assert send_due_deliveries() == 0

    change(delivery, claimed_until=timezone.now() - timedelta(seconds=1))
    assert send_due_deliveries() == 1
    assert fresh(delivery).status == "sent"
    assert len(smtp.taken) == 1


def test_a_slow_worker_that_fails_does_not_undo_anothers_success(delivery, smtp):
    smtp.answer("MAIL", 0.6)
    smtp.answer("RCPT", "450 Later")

    def be_faster() -> None:
        time.sleep(0.3)
        change(delivery, status="sent", sent_at=timezone.now(), claimed_until=None)

    with crowd(2) as workers:
        workers.at_once(lambda: send_delivery(delivery.pk), be_faster)
    assert smtp.taken == []
    assert fresh(delivery).status == "sent"


def test_workers_at_once_send_once(delivery, smtp):
    smtp.answer("connect", 0.2)
    with crowd(4) as workers:
        outcomes = workers.at_once(*[lambda: send_delivery(delivery.pk)] * 4)
    assert sorted(map(str, outcomes)) == ["nothing to do"] * 3 + ["sent"]
    assert len(smtp.taken) == 1


def test_signals_at_once_queue_one_message(people):
    with crowd(4) as workers:
        outcomes = workers.at_once(
            *[lambda: notify(Kind.WELCOME, [people.owner], cause="crowd", context={"url": "/"})] * 4
        )
    assert outcomes == [None] * 4
    with acting_as(SYSTEM):
        assert Delivery.objects.filter(kind="welcome").count() == 1


def test_the_every_minute_job_sends(delivery, smtp):
    assert "messages tried: 1" in JOBS["deliver"].run().summary
    assert fresh(delivery).status == "sent"


def test_staff_sends_again_what_was_sent_or_given_up(people, delivery, smtp):
    send_delivery(delivery.pk)
    with acting_as(people.as_staff):
        resend_delivery(delivery_id=delivery.pk)
    assert fresh(delivery).status == "queued"
    assert send_due_deliveries() == 1
    assert len(smtp.taken) == 2
    assert len({mail["Message-ID"] for mail in smtp.taken}) == 1
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="alerts.delivery.resent")
    assert entry.actor_user_id == people.staff.pk
    assert entry.data["status_before"] == "sent"


def test_sending_again_leaves_a_message_that_is_being_sent_and_knows_none_of_others(people, delivery):
    change(delivery, claimed_until=timezone.now() + CLAIM)
    with acting_as(people.as_staff):
        resend_delivery(delivery_id=delivery.pk)
    assert fresh(delivery).claimed_until is not None
    with pytest.raises(NotFound), acting_as(people.as_other_owner):
        resend_delivery(delivery_id=delivery.pk)


def test_everyone_sees_what_was_sent_to_them_and_nobody_changes_it(people, delivery):
    with acting_as(SYSTEM):
        notify(Kind.WELCOME, [people.influencer_user, people.other_owner], cause="test", context={"url": "/"})
        owners = set(Delivery.objects.filter(user=people.owner).values_list("pk", flat=True))
    for actor in (people.as_owner, people.as_influencer, people.as_other_owner, people.as_other_influencer):
        with acting_as(actor):
            seen = list(Delivery.objects.all())
            assert {one.user_id for one in seen} <= {actor.user_id}
            assert Delivery.objects.update(status="given_up") == 0
    with acting_as(people.as_owner):
        assert {one.pk for one in Delivery.objects.all()} == owners
    # A colleague's messages are theirs alone.
    with acting_as(people.as_member):
        assert not Delivery.objects.filter(pk__in=owners).exists()
    with acting_as(people.as_staff):
        assert owners <= set(Delivery.objects.values_list("pk", flat=True))
    assert not Delivery.objects.exists()
