"""What providers say of messages: repeated, out of order, before our own note, of an earlier sending."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery
from alerts.services import CLAIM, Outcome, note_status, resend_delivery
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.personas import Personas


@pytest.fixture
def sent(people: Personas) -> Delivery:
    """A text message to Atlas' owner that the provider took as SM1."""
    return make_delivery(people, status="sent", sent_at=timezone.now(), provider_id="SM1")


def make_delivery(people: Personas, **values: object) -> Delivery:
    with acting_as(SYSTEM):
        return Delivery.objects.create(
            kind=Kind.DEPOSIT_LEVEL,
            channel="sms",
            user=people.owner,
            address="+212612345678",
            language="fr",
            subject="Solde bas",
            text="Solde bas",
            deduplication_key=str(new_id()),
            **values,
        )


def fresh(delivery: Delivery) -> Delivery:
    with acting_as(SYSTEM):
        return Delivery.objects.get(pk=delivery.pk)


def problems() -> list[tuple[str, str, str]]:
    with acting_as(SYSTEM):
        return list(AddressProblem.objects.values_list("channel", "address", "reason"))


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
    assert problems() == [("sms", "+212612345678", "30005: unknown")]


def test_a_repeat_does_not_bring_back_a_problem_that_was_solved(sent):
    note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="no such number", bad_address=True)
    with acting_as(SYSTEM):
        AddressProblem.objects.update(solved_at=timezone.now())
    assert not note_status(Outcome.FAILED, delivery_id=sent.pk, provider_id="SM1", reason="again", bad_address=True)
    with acting_as(SYSTEM):
        assert not AddressProblem.objects.filter(solved_at=None).exists()


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
    assert problems() == [("sms", "+212612345678", "gone")]


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
