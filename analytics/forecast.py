"""When will a deposit be spent? Pure functions over its daily spend; see bench/forecast.py for how well they do.

The expected spend of a day is a level times the usual share of its weekday. The level is a mean that forgets: a day counts half
as much as one two weeks later, so it follows growth sooner than a plain mean. The range comes from what past weeks really were,
drawn at random many times (always the same draws, so that a page does not change when reloaded).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import accumulate

from leadsmarket.lib.money import CENTIME, ZERO, round_to_centime

HISTORY_DAYS = 56
"""Eight weeks: each weekday eight times."""
HORIZON_DAYS = 365
"""A deposit that lasts longer lasts this long, as far as anybody can say."""
HALF_LIFE_DAYS = 14
WEEKDAY_PRIOR = 3
"""Weeks' worth of "all weekdays are alike" that the usual share of a weekday must outweigh."""
PATHS = 200
LOW_SHARE, HIGH_SHARE = Decimal("0.10"), Decimal("0.90")
RECHARGE_COVERS_DAYS = 30
RECHARGE_LEAD_DAYS = 3
"""A bank transfer's time, and a week-end's."""
RECHARGE_STEP = Decimal("500.00")


@dataclass(frozen=True, slots=True)
class DayBand:
    """What is left at the end of a day, in MAD: one path in ten is below `low`, one in ten above `high`."""

    day: date
    low_amount: Decimal
    expected_amount: Decimal
    high_amount: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long an amount lasts, in whole days from `today` on; HORIZON_DAYS stands for a year or more.

    low_days: one time in ten it lasts less. high_days: one time in ten it lasts longer. All None without any spending in the
    history. daily_amounts: the expected spend of each coming day, today first, HORIZON_DAYS long (empty without spending).
    band: what is left day by day, until the high path is spent, two months at most.
    """

    today: date
    low_days: int | None
    expected_days: int | None
    high_days: int | None
    daily_amounts: list[Decimal]
    band: list[DayBand]

    @property
    def expected_daily_amount(self) -> Decimal | None:
        """Mean expected spend of the next four weeks, per day; None without spending."""
        weeks = self.daily_amounts[:28]
        return round_to_centime(sum(weeks, ZERO) / len(weeks)) if weeks else None


@dataclass(frozen=True, slots=True)
class Recharge:
    """What to add (MAD) and by when at the latest, so that the low path is not reached with an empty deposit."""

    amount: Decimal
    on: date


def spendable_amount(available: Decimal, reserved: Decimal, validation_percentage: Decimal | None) -> Decimal:
    """Return what new leads can cost: available, and of the reserved amount the part that rejections will give back.

    validation_percentage: the usual validation rate; where there is none yet, nothing of what is reserved comes back.
    """
    if validation_percentage is None:
        return available
    return available + round_to_centime(reserved * (100 - validation_percentage) / 100)


def forecast(
    history: Sequence[Decimal], *, spendable: Decimal, today: date, at_least: Decimal | None = None
) -> Forecast:
    """Forecast how long `spendable` (MAD) lasts.

    history: net spend (deductions less refunds) of each local day that is over, the oldest first, yesterday last; only days
    on which the deposit was open, of which the last HISTORY_DAYS count. at_least: what the low path has to spend, where
    that is less than `spendable`: the part that surely is there.
    """
    past = [max(amount, ZERO) for amount in history[-HISTORY_DAYS:]]
    if not any(past):
        return Forecast(today, None, None, None, [], [])
    daily = expected_daily_amounts(past, today=today)
    paths = [
        [*accumulate(path)] for path in _paths(tuple(_centimes(amount) for amount in past), _centimes(sum(daily[:28])))
    ]
    expected = days_covered(spendable, daily)
    low = spendable if at_least is None else min(at_least, spendable)
    low_lengths = sorted(_days_within(path, _centimes(low)) for path in paths)
    high_lengths = sorted(_days_within(path, _centimes(spendable)) for path in paths)
    low_days = min(low_lengths[int(LOW_SHARE * PATHS)], expected)
    high_days = max(high_lengths[int(HIGH_SHARE * PATHS) - 1], expected)
    return Forecast(today, low_days, expected, high_days, daily, _band(paths, daily, low, spendable, today, high_days))


def expected_daily_amounts(history: Sequence[Decimal], *, today: date, days: int = HORIZON_DAYS) -> list[Decimal]:
    """Return the expected spend of the coming days, today first. history: as for forecast, not empty."""
    weights = _weights(len(history))
    whole = sum(weights, Decimal(0))
    level = sum((weight * amount for weight, amount in zip(weights, history, strict=True)), Decimal(0)) / whole
    shares = _weekday_shares(history, today=today, level=level)
    return [round_to_centime(level * shares[(today + timedelta(days=ahead)).weekday()]) for ahead in range(days)]


def days_covered(amount: Decimal, daily: Sequence[Decimal]) -> int:
    """Return for how many whole days `amount` pays; the length of `daily` where it outlasts it."""
    for day, spent in enumerate(accumulate(daily)):
        if spent > amount:
            return day
    return len(daily)


def recommended_recharge(found: Forecast, *, available: Decimal, minimum: Decimal) -> Recharge | None:
    """Return what lets the deposit last RECHARGE_COVERS_DAYS beyond the low path, in steps of 500.00; None without spending
    or where the deposit lasts longer than that anyway.
    """
    if found.low_days is None or found.low_days > 2 * RECHARGE_COVERS_DAYS:
        return None
    needed = sum(found.daily_amounts[: found.low_days + RECHARGE_COVERS_DAYS], ZERO) - available
    steps = (max(needed, minimum) / RECHARGE_STEP).to_integral_value(rounding="ROUND_CEILING")
    return Recharge(steps * RECHARGE_STEP, found.today + timedelta(days=max(found.low_days - RECHARGE_LEAD_DAYS, 0)))


def _weights(days: int) -> list[Decimal]:
    """The weight of each day of a history, the oldest first: 1 for the last one, half as much HALF_LIFE_DAYS before."""
    daily = Decimal("0.5") ** (Decimal(1) / HALF_LIFE_DAYS)
    return [daily**age for age in range(days - 1, -1, -1)]


def _weekday_shares(history: Sequence[Decimal], *, today: date, level: Decimal) -> list[Decimal]:
    """How much each weekday (Monday first) spends beside the mean day; all 1 before two weeks are known. Mean 1."""
    if len(history) < 14:
        return [Decimal(1)] * 7
    spent, count = [Decimal(0)] * 7, [0] * 7
    for age, amount in enumerate(reversed(history), start=1):
        weekday = (today - timedelta(days=age)).weekday()
        spent[weekday] += amount
        count[weekday] += 1
    mean = sum(history, Decimal(0)) / len(history) or level
    shares = [(spent[day] / mean + WEEKDAY_PRIOR) / (count[day] + WEEKDAY_PRIOR) for day in range(7)]
    whole = sum(shares, Decimal(0))
    return [share * 7 / whole for share in shares]


@lru_cache(maxsize=32)
def _paths(past: tuple[int, ...], four_weeks: int) -> list[list[int]]:
    """Return PATHS possible courses of daily spend in centimes: weeks of the past in random order, brought to the level that
    is expected, which is itself as uncertain as the mean of four such weeks.
    """
    chance = random.Random(f"{past}")  # noqa: S311 - no secret: the same history gives the same range
    weeks = [past[start : start + 7] for start in range(len(past) % 7, len(past), 7)] or [past]
    mean = sum(map(sum, weeks)) / sum(map(len, weeks)) or 1
    scale = four_weeks / 28 / mean
    paths = []
    for _path in range(PATHS):
        drawn = chance.choices(weeks, k=4)
        level = scale * (1 + (sum(map(sum, drawn)) / sum(map(len, drawn)) / mean - 1) / 2)
        paths.append([round(amount * level) for amount in _endless(chance, weeks)])
    return paths


def _endless(chance: random.Random, weeks: list[tuple[int, ...]]) -> Iterator[int]:
    days = 0
    while days < HORIZON_DAYS:
        for amount in chance.choice(weeks):
            if days == HORIZON_DAYS:
                return
            yield amount
            days += 1


def _days_within(spent: Sequence[int], amount: int) -> int:
    return next((day for day, total in enumerate(spent) if total > amount), len(spent))


def _band(
    paths: list[list[int]], daily: list[Decimal], low: Decimal, spendable: Decimal, today: date, days: int
) -> list[DayBand]:
    band = []
    expected = [*accumulate(daily)]
    for number in range(min(days + 1, 60)):
        totals = sorted(path[number] for path in paths)
        most, least = (
            Decimal(totals[index]) * CENTIME for index in (int(HIGH_SHARE * PATHS) - 1, int(LOW_SHARE * PATHS))
        )
        left = max(spendable - expected[number], ZERO)
        band.append(
            DayBand(
                today + timedelta(days=number),
                min(max(low - most, ZERO), left),
                left,
                max(max(spendable - least, ZERO), left),
            )
        )
    return band


def _centimes(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value(rounding=ROUND_HALF_UP))
