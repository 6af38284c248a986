"""Auto-recharge: when a card is charged, what each answer leads to, and that nothing is charged twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import OnlyTheOwner
from deposits.errors import DepositNotFound
from deposits.services import adjust_deposit, suspend_deposit
from leads.services import validate_lead
from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from payments.errors import CardNotFound, ChargeRunning
from payments.models import AutoRecharge, Payment, SavedCard
from payments.services import (
    cancel_payment,
    disable_auto_recharge,
    is_auto_recharge_due,
    poll_payment,
    run_auto_recharge,
    run_due_auto_recharges,
)
from payments.signals import auto_recharge_needs_you, payment_failed
from payments.tests.stripe_world import auto_recharge, balance, deliver, receipts, reviews, saved_card
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.fakes.stripe import Trouble

INTENTS = "POST /v1/payment_intents"


@pytest.fixture
def card(stripe, committed_personas) -> SavedCard:
    """A card on file; the deposit holds 7,000.00, its gauge is full."""
    return saved_card(stripe, committed_personas)


@pytest.fixture
def low(committed_personas, card) -> AutoRecharge:
    """An auto-recharge that is due: 2,000.00 at 20 %, at most 5,000.00 a month, the gauge at 14 %."""
    auto_recharge(committed_personas, card, threshold_percentage=20)
    drain(committed_personas, "1000.00")
    return settings_now()


@pytest.fixture
def told() -> Iterator[list[tuple[str, bool]]]:
    """What merchants are told: the reason, and whether it is switched off now; `payment_failed` as itself."""
    seen: list[tuple[str, bool]] = []

    def needs_you(*, auto_recharge, reason, **_signal) -> None:
        seen.append((reason, not auto_recharge.enabled))

    def failed(**_signal) -> None:
        seen.append(("payment_failed", False))

    auto_recharge_needs_you.connect(needs_you)
    payment_failed.connect(failed)
    yield seen
    auto_recharge_needs_you.disconnect(needs_you)
    payment_failed.disconnect(failed)


def drain(personas, to: str) -> None:
    """Take the deposit down to an amount."""
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal(to) - balance(personas), reason="Test")


def charges() -> list[Payment]:
    with acting_as(SYSTEM):
        return list(Payment.objects.filter(purpose="auto_recharge").order_by("created_at"))


def settings_now() -> AutoRecharge:
    with acting_as(SYSTEM):
        return AutoRecharge.objects.select_related("card").get()


def run(personas) -> str:
    return run_auto_recharge(personas.deposit.pk)


def test_due_deposit_is_charged_as_the_facts_say(stripe, committed_personas, low, card):
    assert run(committed_personas) == "credited"

    [payment] = charges()
    [asked] = stripe.lines(INTENTS)
    assert asked.key == f"auto:{payment.pk}"
    assert asked.params == {
        "amount": 200_000,
        "currency": "mad",
        "customer": card.customer_id,
        "payment_method": card.payment_method_id,
        "off_session": True,
        "confirm": True,
        "metadata": {
            "payment_id": str(payment.pk),
            "payment_reference": payment.reference,
            "deposit_id": str(committed_personas.deposit.pk),
            "purpose": "auto_recharge",
        },
    }
    assert payment.ledger_key == f"stripe:{payment.provider_id}"
    assert balance(committed_personas) == Decimal("3000.00")
    assert receipts() == 2
    assert not broken_invariants()

    intent = stripe.state.objects[payment.provider_id]
    assert deliver(stripe, stripe.event("payment_intent.succeeded", intent)) == ["already credited"]


@pytest.mark.parametrize(("to", "due"), [("1400.00", True), ("1400.01", True), ("1401.00", False)])
def test_threshold_is_the_gauge(stripe, committed_personas, card, to, due):
    """20 % of 7,000.00 is 1,400.00; the gauge has two places: 1,400.01 is 20.00 %."""
    auto_recharge(committed_personas, card, threshold_percentage=20)
    drain(committed_personas, to)

    assert is_auto_recharge_due(committed_personas.deposit.pk) is due
    assert run(committed_personas) == ("credited" if due else "above the threshold")


def test_deduction_asks_a_worker_after_the_commit(stripe, committed_personas, low, monkeypatch):
    asked = []
    monkeypatch.setattr("payments.receivers.enqueue", lambda task, *arguments: asked.append((task.name, arguments)))
    lead = committed_personas.submit("600.00")
    with acting_as(committed_personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
        assert asked == []

    assert asked == [("payments.tasks.run_auto_recharge_task", (str(committed_personas.deposit.pk),))]
    assert stripe.lines(INTENTS) == []


def test_hourly_job_charges_what_is_due_and_is_safe_to_repeat(stripe, committed_personas, low):
    assert JOBS["auto_recharge"].run().summary == "Auto-recharges: credited 1"
    drain(committed_personas, "1000.00")
    assert run_due_auto_recharges() == {"credited": 1}
    drain(committed_personas, "1000.00")
    assert run_due_auto_recharges() == {"monthly ceiling reached": 1}


def test_two_triggers_at_once_make_one_intent(stripe, committed_personas, low):
    stripe.slowness = 0.3
    with crowd(8) as threads:
        outcomes = threads.at_once(*[lambda: run(committed_personas)] * 8)

    assert sorted(outcomes) == ["credited", *["one is in flight"] * 7]
    assert len(stripe.lines(INTENTS)) == len(charges()) == 1
    assert balance(committed_personas) == Decimal("3000.00")


def test_database_refuses_a_second_one_in_flight(stripe, committed_personas, low):
    with acting_as(SYSTEM):
        values = {
            "merchant": committed_personas.merchant,
            "deposit": committed_personas.deposit,
            "purpose": "auto_recharge",
            "method": "stripe",
            "amount": Decimal("2000.00"),
        }
        Payment.objects.create(**values)
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.create(**values)


def test_authentication_required_pauses_cancels_and_tells_once(stripe, committed_personas, low, told):
    stripe.state.behaviour[low.card.payment_method_id] = "authentication_required"

    assert run(committed_personas) == "payment failed"
    [payment] = charges()
    intent = stripe.state.objects[payment.provider_id]
    failed = stripe.event("payment_intent.payment_failed", intent)
    assert intent["status"] == "canceled"
    assert deliver(stripe, failed) == ["nothing to change"]

    assert told == [("authentication_required", False)]
    assert payment.failure_code == "authentication_required"
    auto = settings_now()
    assert auto.enabled
    assert timedelta(hours=23, minutes=59) < auto.paused_until - timezone.now() <= timedelta(hours=24)
    assert run(committed_personas) == "paused"
    assert run_due_auto_recharges() == {}
    assert balance(committed_personas) == Decimal("1000.00")


def test_failure_event_before_the_answer_tells_once_too(stripe, committed_personas, low, told):
    """The event is processed while our call is still waiting for its answer."""
    stripe.state.behaviour[low.card.payment_method_id] = "authentication_required"
    stripe.make_trouble(INTENTS, *[Trouble.SILENCE_AFTER] * 3)
    assert run(committed_personas) == "no answer: will be asked for"
    [intent] = [
        one for one in stripe.state.objects.values() if one.get("metadata", {}).get("purpose") == "auto_recharge"
    ]

    assert deliver(stripe, stripe.event("payment_intent.payment_failed", intent)) == ["payment failed"]
    assert poll_payment(charges()[0].pk) == "asked by another"
    assert told == [("authentication_required", False)]
    assert intent["status"] == "canceled"


@pytest.mark.parametrize("code", ["insufficient_funds", "generic_decline", "do_not_honor"])
def test_declined_card_pauses_for_a_day(stripe, committed_personas, low, told, time_machine, code):
    stripe.state.behaviour[low.card.payment_method_id] = code

    assert run(committed_personas) == "payment failed"
    assert told == [(code, False)]
    assert run(committed_personas) == "paused"

    stripe.state.behaviour.clear()
    time_machine.move_to(timezone.now() + timedelta(hours=24, minutes=1))
    assert run(committed_personas) == "credited"
    assert (settings_now().last_error, settings_now().paused_until) == ("", None)


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "expired_card"])
def test_dead_card_switches_off(stripe, committed_personas, low, told, code):
    stripe.state.behaviour[low.card.payment_method_id] = code

    assert run(committed_personas) == "payment failed"
    assert told == [(code, True)]
    assert run(committed_personas) == "switched off"


def test_requires_action_is_authentication_required(stripe, committed_personas, low, told):
    stripe.state.behaviour[low.card.payment_method_id] = "requires_action"

    assert run(committed_personas) == "payment failed"
    assert told == [("authentication_required", False)]
    assert stripe.state.objects[charges()[0].provider_id]["status"] == "canceled"


def test_card_detached_behind_our_back_switches_off_and_tells_staff(stripe, committed_personas, low, told):
    stripe.state.objects[low.card.payment_method_id]["customer"] = None

    assert run(committed_personas) == "payment failed"
    assert told == [("card_unusable", True)]
    assert reviews() == ["other"]


def test_processing_waits_for_the_event(stripe, committed_personas, low):
    stripe.state.behaviour[low.card.payment_method_id] = "processing"

    assert run(committed_personas) == "processing"
    with pytest.raises(ChargeRunning):
        cancel_payment(actor=committed_personas.as_owner, payment_id=charges()[0].pk)
    assert run(committed_personas) == "one is in flight"
    intent = stripe.state.objects[charges()[0].provider_id]
    stripe.state._succeed(intent)
    assert deliver(stripe, stripe.event("payment_intent.succeeded", intent)) == ["credited"]


@pytest.mark.parametrize(
    "trouble", [Trouble.ERROR_500, Trouble.SILENCE_BEFORE, Trouble.SILENCE_AFTER, Trouble.RESET_AFTER]
)
def test_no_answer_is_asked_for_with_the_same_key_and_charged_once(
    stripe, committed_personas, low, told, time_machine, trouble
):
    stripe.make_trouble(INTENTS, *[trouble] * 3)
    assert run(committed_personas) == "no answer: will be asked for"
    assert run(committed_personas) == "one is in flight"

    assert poll_payment(charges()[0].pk) == "credited"

    intents = [
        one for one in stripe.state.objects.values() if one.get("metadata", {}).get("purpose") == "auto_recharge"
    ]
    assert len(intents) == len(charges()) == 1
    assert {asked.key for asked in stripe.lines(INTENTS)} <= {f"auto:{charges()[0].pk}"}
    assert balance(committed_personas) == Decimal("3000.00")
    assert told == []


def test_kept_500_is_looked_up_by_metadata(stripe, committed_personas, low):
    """Stripe replays the 500 under the key for ever, though the money moved: only looking finds it."""
    stripe.make_trouble(INTENTS, Trouble.ERROR_500_KEPT)
    assert run(committed_personas) == "no answer: will be asked for"

    assert poll_payment(charges()[0].pk) == "credited"
    assert balance(committed_personas) == Decimal("3000.00")


def test_charge_nobody_ever_saw_is_not_repeated_late_and_ends_with_its_key(
    stripe, committed_personas, low, told, time_machine
):
    stripe.make_trouble(INTENTS, *[Trouble.RESET_BEFORE] * 3)
    run(committed_personas)
    [payment] = charges()

    time_machine.move_to(timezone.now() + timedelta(hours=2))
    assert poll_payment(payment.pk) == "still open"
    time_machine.move_to(timezone.now() + timedelta(hours=23))
    assert poll_payment(payment.pk) == "payment expired"

    assert stripe.lines(INTENTS) == []
    assert told == [("expired", False)]


def test_success_after_our_end_is_still_money(stripe, committed_personas, low):
    stripe.state.behaviour[low.card.payment_method_id] = "processing"
    run(committed_personas)
    [payment] = charges()
    with acting_as(SYSTEM):
        Payment.objects.filter(pk=payment.pk).update(status="failed")
    intent = stripe.state.objects[payment.provider_id]
    stripe.state._succeed(intent)

    assert deliver(stripe, stripe.event("payment_intent.succeeded", intent)) == ["credited"]
    assert reviews() == ["late_success"]


def test_lying_answer_credits_nothing(stripe, committed_personas, low):
    stripe.state.livemode = True

    assert run(committed_personas) == "other mode than ours: staff"
    assert reviews() == ["wrong_mode"]
    assert balance(committed_personas) == Decimal("1000.00")


def test_monthly_ceiling_is_of_the_calendar_month_in_casablanca(stripe, committed_personas, card, told, time_machine):
    time_machine.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=True)
    auto_recharge(committed_personas, card, threshold_percentage=20, monthly_limit=Decimal("4000.00"))
    for _number in range(2):
        drain(committed_personas, "1000.00")
        assert run(committed_personas) == "credited"
    drain(committed_personas, "1000.00")

    assert [run(committed_personas) for _number in range(2)] == ["monthly ceiling reached"] * 2
    assert told == [("monthly_limit", False)]
    assert len(charges()) == 2

    time_machine.move_to(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), tick=True)
    assert run(committed_personas) == "monthly ceiling reached"
    # Casablanca is on UTC+0 since 2026-09-20.
    time_machine.move_to(datetime(2026, 12, 1, 0, 1, tzinfo=UTC), tick=True)
    assert run(committed_personas) == "credited"


def test_suspended_deposit_and_unconfigured_stripe_charge_nothing(stripe, committed_personas, low, settings):
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=committed_personas.deposit.pk, reason="Test")
    assert run(committed_personas) == "deposit suspended"

    settings.STRIPE_SECRET_KEY = ""
    assert run(committed_personas) == "Stripe is not configured"
    assert stripe.lines(INTENTS) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"threshold_percentage": 0}, "threshold_percentage"),
        ({"threshold_percentage": 91}, "threshold_percentage"),
        ({"amount": Decimal("499.99")}, "amount"),
        ({"amount": Decimal("500.001")}, "amount"),
        ({"amount": Decimal("500000.01"), "monthly_limit": Decimal("600000")}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"monthly_limit": Decimal("1999.99")}, "monthly_limit"),
        ({"consent_text": ""}, "consent"),
    ],
)
def test_terms_that_do_not_fit_are_refused_beside_their_field(stripe, committed_personas, card, changes, field):
    with pytest.raises(InvalidInput) as caught:
        auto_recharge(committed_personas, card, **changes)

    assert list(caught.value.fields) == [field]


def test_only_the_owner_of_the_deposit_and_the_card_decides(stripe, committed_personas, card):
    auto_recharge(committed_personas, card)
    for actor, error in (
        (committed_personas.as_member, OnlyTheOwner),
        (committed_personas.as_other_owner, DepositNotFound),
        (committed_personas.as_influencer, DepositNotFound),
    ):
        with pytest.raises(error):
            disable_auto_recharge(actor=actor, deposit_id=committed_personas.deposit.pk)
    assert settings_now().enabled
    stranger = replace(
        committed_personas,
        owner=committed_personas.other_owner,
        merchant=committed_personas.other_merchant,
        deposit=committed_personas.other_deposit,
    )
    with pytest.raises(CardNotFound):
        auto_recharge(stranger, card)

    disable_auto_recharge(actor=committed_personas.as_owner, deposit_id=committed_personas.deposit.pk)
    assert not settings_now().enabled


def test_rows_of_two_merchants_cannot_be_mixed(stripe, committed_personas, low):
    with acting_as(SYSTEM):
        for changes in (
            {"merchant": committed_personas.other_merchant},
            {"deposit": committed_personas.other_deposit},
        ):
            with pytest.raises(Exception, match="not one merchant's"), transaction.atomic():
                AutoRecharge.objects.filter(pk=low.pk).update(**changes)


def test_another_card_lifts_the_pause_the_same_card_does_not(stripe, committed_personas, low):
    stripe.state.behaviour[low.card.payment_method_id] = "insufficient_funds"
    run(committed_personas)
    auto_recharge(committed_personas, low.card, threshold_percentage=20)
    assert settings_now().is_paused

    other = saved_card(stripe, committed_personas)
    auto_recharge(committed_personas, other, threshold_percentage=90)
    assert not settings_now().is_paused
