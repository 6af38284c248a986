"""The forecast of a deposit's days left: its middle, its range, and what it advises."""

from datetime import date, timedelta
from decimal import Decimal
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.forecast import (
    HORIZON_DAYS,
    days_covered,
    expected_daily_amounts,
    forecast,
    recommended_recharge,
    spendable_amount,
)

FRIDAY = date(2026, 11, 20)
STEADY = [Decimal("100.00")] * 56
WEEKLY = [Decimal(amount) for amount in (50, 0, 0, 200, 200, 200, 150)] * 8
"""From a Friday on: Saturday and Sunday nothing."""


def test_steady_spend_lasts_amount_by_spend():
    found = forecast(STEADY, spendable=Decimal("1050.00"), today=FRIDAY)

    assert (found.low_days, found.expected_days, found.high_days) == (10, 10, 10)
    assert found.expected_daily_amount == Decimal("100.00")
    assert [day.expected_amount for day in found.band[:3]] == [950, 850, 750]
    assert found.band[-1].expected_amount == 0


def test_weekdays_have_their_usual_share():
    daily = expected_daily_amounts(WEEKLY)

    assert daily[1] == daily[2] < daily[0] < daily[6] < daily[3] == daily[4]
    assert abs(sum(daily[:7]) - 800) < 40


def test_an_amount_that_ends_on_a_week_end_lasts_over_it():
    # Friday's 50 and nothing on the two days after: what is left then goes on Monday.
    found = forecast(WEEKLY, spendable=Decimal("200.00"), today=FRIDAY)

    assert found.expected_days == 3


def test_growth_is_followed_sooner_than_by_two_weeks_mean():
    growing = [Decimal(10 + 3 * day) for day in range(56)]

    level = mean(expected_daily_amounts(growing)[:7])

    assert level > mean(growing[-14:])


@pytest.mark.parametrize("history", [[], [Decimal(0)] * 56, [Decimal("-60.00")]])
def test_without_spending_there_is_nothing_to_say(history):
    found = forecast(history, spendable=Decimal("500.00"), today=FRIDAY)

    assert (found.low_days, found.expected_days, found.high_days, found.band) == (None, None, None, [])
    assert found.expected_daily_amount is None
    assert recommended_recharge(found, available=Decimal("500.00"), minimum=Decimal("500.00")) is None


def test_one_day_of_history_is_enough_and_nothing_left_is_zero_days():
    assert forecast([Decimal("60.00")], spendable=Decimal("600.00"), today=FRIDAY).expected_days == 10
    empty = forecast(STEADY, spendable=Decimal("0.00"), today=FRIDAY)
    assert (empty.low_days, empty.expected_days, empty.high_days) == (0, 0, 0)


def test_what_lasts_longer_than_a_year_lasts_a_year():
    found = forecast([Decimal("0.01")] * 56, spendable=Decimal("9999999999.99"), today=FRIDAY)

    assert (found.low_days, found.expected_days, found.high_days) == (HORIZON_DAYS,) * 3


def test_pending_reservations_count_by_the_validation_rate():
    amounts = {"available": Decimal("100.00"), "reserved": Decimal("60.00")}

    assert spendable_amount(**amounts, validation_percentage=Decimal(75)) == Decimal("115.00")
    assert spendable_amount(**amounts, validation_percentage=Decimal(100)) == Decimal("100.00")
    assert spendable_amount(**amounts, validation_percentage=None) == Decimal("100.00")


def test_the_low_path_spends_only_what_is_surely_there():
    found = forecast(STEADY, spendable=Decimal("1050.00"), today=FRIDAY, at_least=Decimal("450.00"))

    assert (found.low_days, found.expected_days) == (4, 10)


def test_a_recharge_covers_a_month_after_the_low_path():
    found = forecast(STEADY, spendable=Decimal("1000.00"), today=FRIDAY)

    advice = recommended_recharge(found, available=Decimal("1000.00"), minimum=Decimal("500.00"))

    # 10 days are paid; 40 x 100 - 1,000.
    assert (advice.amount, advice.on) == (Decimal("3000.00"), FRIDAY + timedelta(days=7))
    plenty = forecast(STEADY, spendable=Decimal("9000.00"), today=FRIDAY)
    assert recommended_recharge(plenty, available=Decimal("9000.00"), minimum=Decimal("500.00")) is None


def test_the_same_history_gives_the_same_range():
    bursty = [Decimal((day * 37) % 11 * 30) for day in range(56)]

    one, two = (forecast(bursty, spendable=Decimal("3000.00"), today=FRIDAY) for _ in range(2))

    assert one == two
    assert one.low_days < one.expected_days < one.high_days


@settings(max_examples=40, deadline=None, database=None)
@given(
    history=st.lists(st.decimals(min_value=-100, max_value=5000, places=2), max_size=80),
    amount=st.decimals(min_value=0, max_value=100_000, places=2),
    share=st.decimals(min_value=0, max_value=1, places=2),
)
def test_the_range_holds_its_middle_and_the_band_falls(history, amount, share):
    found = forecast(history, spendable=amount, today=FRIDAY, at_least=amount * share)

    if found.expected_days is not None:
        assert 0 <= found.low_days <= found.expected_days <= found.high_days <= HORIZON_DAYS
        assert found.expected_days == days_covered(amount, found.daily_amounts)
    for day, after in zip(found.band, found.band[1:], strict=False):
        assert after.day - day.day == timedelta(days=1)
        assert 0 <= day.low_amount <= day.expected_amount <= day.high_amount
        assert after.expected_amount <= day.expected_amount
