"""Back-tests of the forecast: how far off were the days left, beside the plain mean of 14 days? No database.

On each day of a series it is asked how long an amount will last, and compared with how long it did. Error: the distance in
days, in percent of the days that it really lasted, mean over all questions. The ratio is the forecast's error by the plain
mean's: below 1 is better. Beside it, how often the truth lay within the range of low and high days (80 % is meant).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from analytics.forecast import HISTORY_DAYS, days_covered, forecast
from deposits.selectors import DAYS_LEFT_PERIOD, days_left

DAYS = 365
FIRST = date(2025, 11, 20)
LASTING = (7, 14, 30)
"""Amounts that are asked about: what the mean of 14 days would spend in so many days."""
GOAL = 1.0


@dataclass(frozen=True, slots=True)
class BackTest:
    """A report line; errors in percent of the days that an amount lasted."""

    name: str
    questions: int
    error: float
    plain_error: float
    bias: float
    plain_bias: float
    within: float

    def line(self) -> str:
        """One line of a report."""
        ratio = self.error / self.plain_error if self.plain_error else 1.0
        verdict = "better" if ratio < 0.98 else "no better" if ratio <= 1.02 else "WORSE"
        return (
            f"{self.name:<34} ratio {ratio:4.2f} {verdict:<9} error {self.error:5.1f} % (plain {self.plain_error:5.1f} %)"
            f"  bias {self.bias:+6.1f} % ({self.plain_bias:+6.1f} %)  within range {self.within:4.0f} %"
            f"  {self.questions} questions"
        )


def run(*, rounds: int, seconds: int) -> list[BackTest]:
    """Back-test made series (`rounds` of each kind) and the deposits of the demonstration's year."""
    made = [
        _test(name, [make(random.Random(f"{name}{number}")) for number in range(rounds)], FIRST)
        for name, make in SERIES.items()
    ]
    first, demo = demo_series()
    return [*made, _test("demonstration, by deposit", demo, first)]


def steady(chance: random.Random) -> list[Decimal]:
    """About eight leads a day, every day alike."""
    return [_leads(chance, 8) for _day in range(DAYS)]


def weekly(chance: random.Random) -> list[Decimal]:
    """Busy from Monday to Thursday, half on Friday, hardly anything at the week-end."""
    shares = (1.5, 1.4, 1.4, 1.3, 0.8, 0.4, 0.2)
    return [_leads(chance, 8 * shares[(FIRST + timedelta(days=day)).weekday()]) for day in range(DAYS)]


def bursty(chance: random.Random) -> list[Decimal]:
    """Little on most days, and now and then some days of a campaign that goes round."""
    series, burst = [], 0
    for _day in range(DAYS):
        burst = chance.randint(2, 5) if not burst and chance.random() < 0.06 else max(burst - 1, 0)
        series.append(_leads(chance, 25 if burst else 3))
    return series


def growing(chance: random.Random) -> list[Decimal]:
    """Two leads a day at first, sixteen after a year."""
    return [_leads(chance, 2 * 8 ** (day / DAYS)) for day in range(DAYS)]


def shrinking(chance: random.Random) -> list[Decimal]:
    """The reverse."""
    return growing(chance)[::-1]


def changing(chance: random.Random) -> list[Decimal]:
    """A level that jumps every two months."""
    levels = [chance.choice((2, 5, 10, 20)) for _period in range(DAYS // 60 + 1)]
    return [_leads(chance, levels[day // 60]) for day in range(DAYS)]


SERIES: dict[str, Callable[[random.Random], list[Decimal]]] = {
    "steady": steady,
    "weekly": weekly,
    "bursty": bursty,
    "growing": growing,
    "shrinking": shrinking,
    "changing level": changing,
}


def demo_series() -> tuple[date, list[list[Decimal]]]:
    """Return the first day and the daily net spend of each deposit of the demonstration's year, computed as it is loaded."""
    from collections import defaultdict

    from django.utils import timezone

    from leadsmarket.demo.chance import Ids
    from leadsmarket.demo.history import tell_stories
    from leadsmarket.demo.rows import make_lead_rows
    from leadsmarket.demo.world import build_world

    now = timezone.now().replace(second=0, microsecond=0)
    rows = make_lead_rows(world := build_world(now, Ids("bench")), tell_stories(world, "bench"), "bench")
    today = timezone.localdate(now)
    first = today - timedelta(days=DAYS)
    series = []
    for book in rows.books:
        spent: dict[date, Decimal] = defaultdict(Decimal)
        for movement in book.movements:
            if movement.kind in ("deduction", "refund"):
                signed = movement.amount if movement.kind == "deduction" else -movement.amount
                spent[timezone.localdate(movement.created_at)] += signed
        opened = max(timezone.localdate(book.deposit.created_at), first)
        days = [first + timedelta(days=number) for number in range(DAYS)]
        # Before it was opened a deposit has no history at all: None is left out below.
        series.append([spent[day] for day in days if day >= opened])
    return first, series


def _test(name: str, series: Sequence[Sequence[Decimal]], first: date) -> BackTest:
    errors, plain_errors, biases, plain_biases, within = [], [], [], [], 0
    for spends in series:
        start = first + timedelta(days=DAYS - len(spends))
        for today in range(HISTORY_DAYS, len(spends) - 7, 3):
            history, coming = spends[:today], spends[today:]
            spent = sum(history[-DAYS_LEFT_PERIOD.days :], Decimal(0))
            if spent <= 0:
                continue
            for lasting in LASTING:
                amount = spent * lasting / DAYS_LEFT_PERIOD.days
                truth = days_covered(amount, coming)
                if truth == len(coming) or truth == 0:
                    continue
                found = forecast(history, spendable=amount, today=start + timedelta(days=today))
                plain = days_left(amount, spent) or 0
                errors.append(abs(found.expected_days - truth) / truth)
                biases.append((found.expected_days - truth) / truth)
                plain_errors.append(abs(plain - truth) / truth)
                plain_biases.append((plain - truth) / truth)
                within += found.low_days <= truth <= found.high_days
    count = len(errors)
    if not count:
        raise SystemExit(f"{name}: nothing to ask about")
    means = [100 * sum(values) / count for values in (errors, plain_errors, biases, plain_biases)]
    return BackTest(name, count, *means, 100 * within / count)


def _leads(chance: random.Random, mean: float) -> Decimal:
    """What about `mean` leads cost that are validated on a day: each 20.00 to 80.00."""
    number = sum(chance.random() < mean / 40 for _lead in range(40))
    return sum((Decimal(chance.randint(2000, 8000)) / 100 for _lead in range(number)), Decimal(0))
