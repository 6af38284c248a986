"""A phone is verified by a code before any SMS; WhatsApp needs an agreement; nothing readable is kept of a code."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection, connections
from django.db.models import F
from django.utils import timezone, translation

from accounts.models import AuditEntry, User
from alerts.errors import CodeExpired, CodeTooSoon, NotAMobile, PhoneNotVerified, PhonesNotAvailable, TooManyCodes
from alerts.kinds import Kind
from alerts.models import AddressProblem, Delivery, NotificationProfile
from alerts.services import (
    agree_to_whatsapp,
    confirm_phone,
    forget_phone,
    resend_delivery,
    send_delivery,
    solve_address_problem,
    start_phone_verification,
    withdraw_from_whatsapp,
)
from alerts.services.phones import WHATSAPP_CONSENT, phone_waiting_for_code, phones_available
from alerts.tests.phone_messages import PHONE, change, fresh, make_delivery, problems, verify_phone
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.errors import NotFound
from tests.crowd import crowd
from tests.personas import Personas
from tests.raw_sql import as_owner

TYPED = "06 12 34 56 78"
OTHER = "+212712345678"


def start(people: Personas, phone: str = TYPED, user: User | None = None, actor: Actor | None = None) -> str:
    with acting_as(actor or people.as_owner):
        return start_phone_verification(user=user or people.owner, phone=phone)


def confirm(people: Personas, code: str) -> bool:
    with acting_as(people.as_owner):
        return confirm_phone(user=people.owner, code=code)


def codes() -> list[Delivery]:
    with acting_as(SYSTEM):
        return list(Delivery.objects.filter(kind=Kind.PHONE_CODE).order_by("created_at"))


def code_that_arrives(twilio) -> str:
    """Send the newest code and read it on the phone."""
    assert send_delivery(codes()[-1].pk) == "sent"
    return re.search(r"\b\d{6}\b", twilio.taken[-1]["Body"]).group()


def profile(people: Personas) -> NotificationProfile:
    with acting_as(SYSTEM):
        return NotificationProfile.objects.get(user=people.owner)


def waiting(people: Personas) -> str:
    with acting_as(people.as_owner):
        return phone_waiting_for_code(user_id=people.owner.pk)


def let_time_pass(**span: float) -> None:
    with acting_as(SYSTEM):
        gone = timedelta(**span)
        Delivery.objects.filter(kind=Kind.PHONE_CODE).update(created_at=F("created_at") - gone)
        NotificationProfile.objects.filter(code_sent_at__isnull=False).update(code_sent_at=F("code_sent_at") - gone)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_code_that_arrives_verifies_the_phone(people, twilio):
    assert start(people) == PHONE
    assert profile(people).phone_verified_at is None
    assert waiting(people) == PHONE
    code = code_that_arrives(twilio)
    assert twilio.taken[0]["To"] == PHONE

    assert confirm(people, f" {code[:3]} {code[3:]} ")
    verified = profile(people)
    assert (verified.phone.as_e164, verified.code_hash, verified.code_sent_at) == (PHONE, "", None)
    assert verified.phone_verified_at is not None
    assert waiting(people) == ""
    # Once verified, asking again sends nothing; the code is used up.
    assert start(people) == PHONE
    assert len(codes()) == 1
    with pytest.raises(CodeExpired):
        confirm(people, code)
    with acting_as(SYSTEM):
        entries = AuditEntry.objects.filter(action__startswith="alerts.phone.").order_by("id")
        assert [(entry.action, entry.actor_user_id, entry.data) for entry in entries] == [
            ("alerts.phone.code_sent", people.owner.pk, {"phone": "+2126••••••78"}),
            ("alerts.phone.verified", people.owner.pk, {"phone": "+2126••••••78"}),
        ]


def test_arabic_digits_are_digits(people, twilio):
    start(people, "٠٦١٢٣٤٥٦٧٨")
    code = code_that_arrives(twilio)
    assert confirm(people, code.translate({ord(str(digit)): chr(0x660 + digit) for digit in range(10)}))


def test_the_code_stands_in_no_row_and_no_log(people, twilio, caplog):
    caplog.set_level("DEBUG")
    start(people)
    code = code_that_arrives(twilio)
    delivery = codes()[0]
    assert "••••••" in delivery.text
    assert profile(people).code_hash
    with as_owner() as cursor:
        for table in ("alerts_delivery", "alerts_notificationprofile", "accounts_auditentry"):
            # Not the time stamps and ids, in which any six digits may stand.
            cursor.execute(
                f"SELECT count(*) FROM {table} AS t, jsonb_each_text(to_jsonb(t)) AS v"
                " WHERE v.key NOT LIKE '%%id' AND v.key NOT LIKE '%%_at' AND v.key NOT LIKE '%%_until'"
                " AND v.key NOT LIKE '%%_key' AND v.key <> 'code_hash' AND v.value LIKE %s",
                [f"%{code}%"],
            )
            assert cursor.fetchone() == (0,), table
    assert code not in caplog.text


def test_codes_differ_between_people_and_times(people, twilio):
    start(people)
    let_time_pass(minutes=2)
    start(people)
    start(people, OTHER, people.member, people.as_member)
    for delivery in codes():
        send_delivery(delivery.pk)
    # Two of three may be the same by chance, once in a million.
    assert len({re.search(r"\b\d{6}\b", message["Body"]).group() for message in twilio.taken}) >= 2


@pytest.mark.parametrize(
    "phone", ["0522123456", "0801234567", "+33612345678", "0612", "", "not a phone", "+212512345678"]
)
def test_only_moroccan_mobiles_are_taken(people, twilio, phone):
    with pytest.raises(NotAMobile) as refused:
        start(people, phone)
    assert set(refused.value.fields) == {"phone"}
    assert codes() == []


def test_without_sms_no_phone_can_be_verified(people):
    assert not phones_available()
    with pytest.raises(PhonesNotAvailable):
        start(people)
    assert codes() == []


def test_a_wrong_code_is_counted_and_the_fifth_ends_it(people, twilio):
    start(people)
    code = code_that_arrives(twilio)
    for tried in range(1, 6):
        assert waiting(people) == PHONE
        assert not confirm(people, wrong(code))
        assert profile(people).code_failures == tried
    assert waiting(people) == ""
    with pytest.raises(CodeExpired):
        confirm(people, code)
    assert profile(people).phone_verified_at is None

    let_time_pass(minutes=2)
    start(people)
    assert profile(people).code_failures == 0
    assert confirm(people, code_that_arrives(twilio))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abc", "000000\x00"])
def test_what_is_no_code_is_wrong(people, twilio, typed):
    start(people)
    assert not confirm(people, typed)
    assert profile(people).code_failures == 1


@pytest.mark.parametrize(("minutes", "is_valid"), [(9.9, True), (10.1, False)])
def test_a_code_lives_for_ten_minutes(people, twilio, minutes, is_valid):
    start(people)
    code = code_that_arrives(twilio)
    let_time_pass(minutes=minutes)
    if is_valid:
        assert confirm(people, code)
    else:
        with pytest.raises(CodeExpired):
            confirm(people, code)
        assert profile(people).phone_verified_at is None


def test_a_new_code_replaces_the_one_before(people, twilio):
    start(people)
    first = code_that_arrives(twilio)
    let_time_pass(minutes=2)
    start(people, OTHER)
    second = code_that_arrives(twilio)
    if first != second:
        assert not confirm(people, first)
    assert confirm(people, second)
    assert profile(people).phone.as_e164 == OTHER


def test_the_code_of_one_person_verifies_nobody_else(people, twilio):
    start(people)
    code = code_that_arrives(twilio)
    with acting_as(people.as_member), pytest.raises(CodeExpired):
        confirm_phone(user=people.member, code=code)
    assert start(people, OTHER, people.member, people.as_member) == OTHER
    with acting_as(people.as_member):
        assert not confirm_phone(user=people.member, code=code)


def test_the_number_before_counts_until_the_new_one_is_verified(people, twilio):
    verify_phone(people.owner, whatsapp=True)
    start(people, OTHER)
    assert profile(people).phone.as_e164 == PHONE
    assert confirm(people, code_that_arrives(twilio))
    changed = profile(people)
    assert changed.phone.as_e164 == OTHER
    # The consent to WhatsApp was for the other number.
    assert changed.whatsapp_agreed_at is None


def test_codes_come_a_minute_apart_and_five_an_hour(people, twilio):
    start(people)
    with pytest.raises(CodeTooSoon):
        start(people)
    with pytest.raises(CodeTooSoon):
        start(people, OTHER)
    for _code in range(4):
        let_time_pass(minutes=2)
        start(people)
    let_time_pass(minutes=2)
    for phone in (TYPED, OTHER):
        with pytest.raises(TooManyCodes):
            start(people, phone)
    # Another person can't use the number up either.
    with pytest.raises(TooManyCodes):
        start(people, TYPED, people.member, people.as_member)
    assert len(codes()) == 5

    let_time_pass(minutes=50.1)
    assert start(people) == PHONE


def test_without_redis_the_limit_holds(people, twilio, settings):
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}}
    caches.close_all()
    start(people)
    with pytest.raises(CodeTooSoon):
        start(people)


def test_two_requests_at_once_send_one_code(people, twilio):
    with crowd(4) as threads:
        outcomes = threads.at_once(
            *[lambda: start(people)] * 2, *[lambda: start(people, TYPED, people.member, people.as_member)] * 2
        )
    assert sum(outcome == PHONE for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CodeTooSoon) for outcome in outcomes) == 3
    assert len(codes()) == 1
    connections.close_all()


def test_a_code_that_comes_too_late_is_not_sent(people, twilio):
    start(people)
    [delivery] = codes()
    change(delivery, created_at=timezone.now() - timedelta(minutes=11))
    assert send_delivery(delivery.pk) == "given_up"
    with acting_as(people.as_staff):
        resend_delivery(delivery_id=delivery.pk)
    assert send_delivery(delivery.pk) == "given_up"
    assert twilio.requests == []
    assert "no longer valid" in fresh(delivery).error


def test_a_rollback_sends_no_code(people, twilio):
    def start_and_fail() -> None:
        start(people)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), acting_as(people.as_owner):
        start_and_fail()
    assert codes() == []


def test_whatsapp_needs_a_verified_phone_and_keeps_the_sentence_that_was_read(people):
    with acting_as(people.as_owner):
        with pytest.raises(PhoneNotVerified):
            agree_to_whatsapp(user=people.owner)
        verify_phone(people.owner)
        with translation.override("fr"):
            first = agree_to_whatsapp(user=people.owner).whatsapp_agreed_at
            read = str(WHATSAPP_CONSENT)
        assert agree_to_whatsapp(user=people.owner).whatsapp_agreed_at == first
        withdraw_from_whatsapp(user=people.owner)
        withdraw_from_whatsapp(user=people.owner)
    assert profile(people).whatsapp_agreed_at is None
    with acting_as(SYSTEM):
        entries = AuditEntry.objects.filter(action__startswith="alerts.whatsapp.").order_by("id")
        assert [entry.action for entry in entries] == ["alerts.whatsapp.agreed", "alerts.whatsapp.withdrawn"]
        assert entries[0].data["text"] == read


def test_a_phone_is_forgotten_with_its_consent_and_code(people, twilio):
    verify_phone(people.owner, whatsapp=True)
    start(people, OTHER)
    for _time in range(2):
        with acting_as(people.as_owner):
            forget_phone(user=people.owner)
    gone = profile(people)
    assert (str(gone.phone or ""), gone.phone_verified_at, gone.whatsapp_agreed_at, gone.code_hash) == (
        "",
        None,
        None,
        "",
    )
    assert waiting(people) == ""
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="alerts.phone.forgotten").count() == 1


def test_a_code_that_arrived_ends_the_problem_of_its_number(people, twilio):
    with acting_as(SYSTEM):
        AddressProblem.objects.create(user=people.owner, channel="sms", address=PHONE, reason="30005")
    start(people)
    assert confirm(people, code_that_arrives(twilio))
    assert problems() == []


def test_an_address_is_tried_again_by_its_person_or_staff_and_nobody_else(people):
    with acting_as(SYSTEM):
        problem = AddressProblem.objects.create(user=people.owner, channel="sms", address=PHONE, reason="30005")
    for actor in (people.as_member, people.as_other_owner, people.as_influencer):
        with pytest.raises(NotFound), acting_as(actor):
            solve_address_problem(problem_id=problem.pk)
    assert len(problems()) == 1
    for _time in range(2):
        with acting_as(people.as_owner):
            solve_address_problem(problem_id=problem.pk)
    assert problems() == []
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="alerts.address.tried_again")
    assert (entry.actor_user_id, entry.data) == (people.owner.pk, {"channel": "sms", "reason": "30005"})


def test_counting_codes_uses_their_own_index(people):
    make_delivery(people)
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT created_at FROM alerts_delivery"
            " WHERE kind = 'phone_code' AND created_at > now() - interval '1 hour' AND address = 'x'"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "delivery_phone_codes" in plan
