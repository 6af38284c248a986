"""Which alert levels are announced, and when: once per worsening, whoever looks and however often."""

from decimal import Decimal

import pytest

from alerts.models import DepositAlert, Event
from alerts.services import check_deposit_levels
from deposits.services import adjust_deposit, recharge_deposit, suspend_deposit
from leads.services import validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.crowd import crowd
from tests.personas import Personas


def take(personas: Personas, amount: str) -> None:
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=-Decimal(amount), reason="test")


def give(personas: Personas, amount: str) -> None:
    with acting_as(personas.as_staff):
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal(amount), payment_reference="VIR 1")


def announced(personas: Personas) -> list[str]:
    with acting_as(SYSTEM):
        events = Event.objects.filter(kind="deposit_level", merchant_id=personas.merchant.pk).order_by("id")
        return [event.data["level"] for event in events]


def remembered(personas: Personas) -> str | None:
    with acting_as(SYSTEM):
        return DepositAlert.objects.filter(deposit=personas.deposit).values_list("level", flat=True).first()


# The deposit of the personas holds 5,000.00.
@pytest.mark.parametrize(
    ("taken", "level"),
    [
        ("2499.99", None),
        ("2500.00", "attention"),
        ("3999.99", "attention"),
        ("4000.00", "warning"),
        ("4499.99", "warning"),
        ("4500.00", "critical"),
        ("4995.00", "critical"),
        ("4995.01", "depleted"),
        ("5000.00", "depleted"),
    ],
)
def test_levels_change_at_exactly_50_20_10_and_0_percent(personas, taken, level):
    take(personas, taken)

    assert announced(personas) == ([level] if level else [])


def test_a_fall_over_several_levels_announces_the_last_alone(personas):
    take(personas, "2000.00")
    assert announced(personas) == []

    take(personas, "2750.00")
    assert announced(personas) == ["critical"]


def test_a_deduction_announces_in_its_own_transaction(personas):
    take(personas, "2440.00")
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)

    assert announced(personas) == ["attention"]


def test_a_movement_that_is_rolled_back_announces_nothing(personas):
    def fall_and_fail() -> None:
        with acting_as(personas.as_staff):
            adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4900"), reason="test")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fall_and_fail()

    assert announced(personas) == []
    assert remembered(personas) is None


def test_a_recharge_lowers_the_remembered_level_in_silence_and_the_next_fall_is_announced(personas):
    take(personas, "4200.00")
    give(personas, "3000.00")
    assert announced(personas) == ["warning"]
    assert remembered(personas) == "healthy"

    take(personas, "1500.00")
    take(personas, "1400.00")
    assert announced(personas) == ["warning", "attention", "warning"]


def test_the_hourly_check_announces_nothing_that_was_announced(personas):
    take(personas, "4600.00")
    assert check_deposit_levels() == 0
    assert announced(personas) == ["critical"]


def test_the_hourly_check_finds_what_no_movement_told(personas):
    take(personas, "4600.00")
    with acting_as(SYSTEM):
        DepositAlert.objects.update(level="attention")

    assert check_deposit_levels() == 1
    assert check_deposit_levels() == 0
    assert announced(personas) == ["critical", "critical"]


def test_a_suspended_deposit_is_looked_at_too(personas):
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="test")
    take(personas, "4100.00")

    assert announced(personas) == ["warning"]


def test_checks_at_once_announce_a_worsening_once(committed_personas):
    personas = committed_personas
    for _round in range(10):
        take(personas, "4600.00")
        with acting_as(SYSTEM):
            DepositAlert.objects.update(level="healthy")
        before = len(announced(personas))
        with crowd(4) as threads:
            assert sum(threads.at_once(*[check_deposit_levels] * 4)) == 1
        assert len(announced(personas)) == before + 1
        give(personas, "4600.00")
    assert check_deposit_levels() == 0


def test_batches_go_through_all(personas, monkeypatch):
    take(personas, "4600.00")
    monkeypatch.setattr("alerts.services.levels.BATCH_SIZE", 1)
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.other_deposit.pk, amount=Decimal("-1"), reason="test")
    with acting_as(SYSTEM):
        DepositAlert.objects.all().update(level="healthy")

    assert check_deposit_levels() == 1
