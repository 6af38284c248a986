"""Gauge, level and the full state on both sides of each limit: product.md, "Alert levels" and "Deposit"."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deposits.levels import LEVEL_STYLES, AlertLevel
from deposits.models import Deposit
from deposits.services import Movement, adjust_deposit, suspend_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as

CENT = Decimal("0.01")


def level_in_sql(balance, reserved, initial, smallest="5.00"):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deposit_alert_level(%s, %s, %s, %s), deposit_gauge_percentage(%s, %s)",
            [*map(Decimal, (balance, reserved, initial, smallest)), Decimal(balance), Decimal(initial)],
        )
        return cursor.fetchone()


def adjust_to(personas, balance) -> Movement:
    with acting_as(personas.as_staff):
        deposit = Deposit.objects.get(pk=personas.deposit.pk)
        change = Decimal(balance) - deposit.current_balance
        return adjust_deposit(deposit_id=deposit.pk, amount=change, reason="Test")


def fresh(personas):
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=personas.deposit.pk)


# Of 5,000.00: 50 % is 2,500.00, 20 % 1,000.00, 10 % 500.00.
@pytest.mark.parametrize(
    ("balance", "level"),
    [
        ("2500.01", "healthy"),
        ("2500.00", "attention"),
        ("1000.01", "attention"),
        ("1000.00", "warning"),
        ("500.01", "warning"),
        ("500.00", "critical"),
        ("5.00", "critical"),
        ("4.99", "depleted"),
        ("0.01", "depleted"),
        ("0.00", "depleted"),
    ],
)
def test_level_on_both_sides_of_each_limit(personas, balance, level):
    movement = adjust_to(personas, balance)

    deposit = fresh(personas)
    assert (movement.level_before, movement.level_after) == ("healthy", level)
    assert deposit.alert_level == level
    assert deposit.status == ("depleted" if level == "depleted" else "active")


def test_dust_with_a_reservation_is_critical_not_depleted(db):
    assert level_in_sql("4.99", "0.00", "5000.00")[0] == "depleted"
    assert level_in_sql("4.99", "4.99", "5000.00")[0] == "critical"


def test_smallest_commission_decides_what_dust_is(db):
    assert level_in_sql("79.99", "0.00", "500.00", smallest="80.00")[0] == "depleted"
    assert level_in_sql("80.00", "0.00", "500.00", smallest="80.00")[0] == "warning"


def test_gauge_never_shows_more_than_hundred_percent(personas):
    adjust_to(personas, "6000.00")

    assert (fresh(personas).gauge_percentage, fresh(personas).gauge_whole_percentage) == (Decimal("100.00"), 100)


@pytest.mark.parametrize(
    ("balance", "shown"), [("4940.00", 99), ("2500.01", 51), ("2500.00", 50), ("5.00", 1), ("4.99", 0), ("0.00", 0)]
)
def test_whole_percent_agrees_with_the_level_beside_it(personas, balance, shown):
    adjust_to(personas, balance)

    assert fresh(personas).gauge_whole_percentage == shown


def test_deposit_is_full_when_the_rest_is_reserved(personas):
    adjust_to(personas, "84.99")
    personas.submit("800.00")

    deposit = fresh(personas)
    assert (deposit.available_balance, deposit.reserved_amount) == (Decimal("4.99"), Decimal("80.00"))
    assert (deposit.is_full, deposit.accepts_leads) == (True, False)
    assert (deposit.status, deposit.alert_level) == ("active", "critical")


def test_deposit_with_exactly_the_smallest_commission_takes_leads(personas):
    adjust_to(personas, "85.00")
    personas.submit("800.00")

    deposit = fresh(personas)
    assert (deposit.is_full, deposit.accepts_leads) == (False, True)


def test_suspended_or_depleted_deposit_is_not_full_and_takes_no_leads(personas):
    adjust_to(personas, "0.00")
    depleted = fresh(personas)
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Test")
    suspended = fresh(personas)

    assert (depleted.is_full, depleted.accepts_leads) == (False, False)
    assert (suspended.is_full, suspended.accepts_leads) == (False, False)


def test_every_level_has_a_colour_an_icon_and_all_but_the_best_advice():
    assert set(LEVEL_STYLES) == set(AlertLevel)
    colours = [LEVEL_STYLES[level].colour for level in AlertLevel]
    assert colours[:4] == ["#10b981", "#f59e0b", "#f97316", "#ef4444"]
    assert len({style.icon for style in LEVEL_STYLES.values()}) == 5
    assert [bool(LEVEL_STYLES[level].advice) for level in AlertLevel] == [False, True, True, True, True]


@pytest.mark.parametrize("level", AlertLevel.values)
def test_icon_of_every_level_is_in_the_sprite(level, settings):
    sprite = (settings.BASE_DIR / "static" / "leadsmarket" / "icons.svg").read_text(encoding="utf-8")

    assert f'id="{LEVEL_STYLES[level].icon}"' in sprite


def expected_level(balance, reserved, initial, smallest):
    """product.md's table, in percent and without the database."""
    percent = balance / initial * 100
    if balance == 0 or (reserved == 0 and balance < smallest):
        return "depleted"
    if percent <= 10:
        return "critical"
    if percent <= 20:
        return "warning"
    return "attention" if percent <= 50 else "healthy"


centimes = st.integers(0, 2_000_000).map(lambda number: number * CENT)


@given(
    balance=centimes,
    held=st.integers(0, 100),
    initial=st.one_of(st.just(Decimal("5000.00")), st.integers(1, 2_000_000).map(lambda number: number * CENT)),
    smallest=st.sampled_from([Decimal("0.01"), Decimal("5.00"), Decimal("80.00")]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_level_agrees_with_a_plain_model(db, balance, held, initial, smallest):
    reserved = (balance * held / 100).quantize(CENT, rounding="ROUND_DOWN")

    level, gauge = level_in_sql(balance, reserved, initial, smallest)

    assert level == expected_level(balance, reserved, initial, smallest)
    assert gauge == min((balance * 100 / initial).quantize(CENT, rounding="ROUND_HALF_UP"), Decimal(100))


@given(
    share=st.sampled_from([Decimal("0.5"), Decimal("0.2"), Decimal("0.1")]),
    units=st.integers(1, 100_000),
    cents=st.integers(-1, 1),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_level_at_and_beside_each_limit_of_any_deposit(db, share, units, cents):
    initial = Decimal(units * 10)
    balance = initial * share + cents * CENT

    assert level_in_sql(balance, "0.00", initial, "0.01")[0] == expected_level(balance, Decimal(0), initial, CENT)
