"""Charts about money: a deposit's spend and what is left of it, an influencer's earnings. MAD."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from django.utils.translation import gettext as _

from analytics.charts import Chart, Dates, Number, Series, column
from analytics.charts.leads import Question
from analytics.forecast import DayBand
from analytics.periods import Period
from analytics.selectors.forecasts import DepositForecast, deposit_forecast
from analytics.selectors.leads import lead_figures_by_week
from analytics.selectors.money import BalanceDay, balance_by_day
from deposits.models import Deposit
from deposits.selectors import NamedDeposit
from leadsmarket.lib.money import ZERO

Row = TypeVar("Row", BalanceDay, DayBand)


@dataclass(frozen=True)
class DepositQuestion:
    """Which deposit in which period."""

    named: NamedDeposit
    period: Period
    today: date
    by_week: bool

    @property
    def deposit(self) -> Deposit:
        """The deposit itself."""
        return self.named.deposit

    @cached_property
    def forecast(self) -> DepositForecast | None:
        """How long it lasts; None for one that is not in use."""
        is_in_use = self.deposit.status in (Deposit.Status.ACTIVE, Deposit.Status.DEPLETED)
        return deposit_forecast(self.deposit) if is_in_use else None


def balance_chart(asked: DepositQuestion) -> Chart:
    """What a deposit spent and what was available at the end of each day or week.

    Where the period ends today, also what will be left, with its range.
    """
    rows = balance_by_day(deposit_id=asked.deposit.pk, period=asked.period)
    past, spent = _last_of_each(rows, asked), _spent(rows, asked)
    reaches_today = asked.period.last == asked.today and asked.forecast is not None
    ahead = _last_of_each(asked.forecast.forecast.band, asked) if reaches_today and asked.forecast else {}
    days = sorted({*past, *ahead})
    dates = Dates(days, asked.by_week)

    def available(day: date) -> Number:
        return past[day].current_balance - past[day].reserved_amount if day in past else None

    def band(name: str) -> list[Number]:
        return [getattr(ahead[day], name) if day in ahead else None for day in days]

    series = [
        Series(_("Spent"), [spent.get(day) for day in days], "spent", unit="mad", on_second_axis=True),
        Series(_("Available"), [available(day) for day in days], "primary", unit="mad", drawn_as="line"),
    ]
    if ahead:
        series += [
            Series(_("Forecast, low"), band("low_amount"), "band", unit="mad", drawn_as="line"),
            Series(_("Forecast, high"), band("high_amount"), "band", unit="mad", drawn_as="line", is_band=True),
            Series(_("Forecast"), band("expected_amount"), "primary", unit="mad", drawn_as="line", is_dashed=True),
        ]
    return Chart(
        name="balance",
        title=_("Spend and balance"),
        description=_(
            "What was spent, and what was available at the end of the day. Ahead: what will be left, with its range."
        ),
        heading=dates.heading,
        labels=dates.labels,
        row_labels=dates.row_labels,
        series=series,
        empty_text=_("Nothing was deposited or spent in this period. Choose a longer one."),
    )


def earnings_chart(asked: Question) -> Chart:
    """An influencer's own share of the leads validated in each week, returns taken off."""
    found = lead_figures_by_week(asked.scope, asked.period)
    dates = Dates([*found], by_week=True)
    return Chart(
        name="earnings-per-week",
        title=_("Earnings per week"),
        description=_("Your share of the leads validated in each week, less what was taken back for returned ones."),
        heading=dates.heading,
        labels=dates.labels,
        row_labels=dates.row_labels,
        series=[Series(_("Earned"), column(found, "influencer_amount"), "validated", unit="mad")],
        empty_text=_("No lead of yours was validated in this period. Choose a longer one."),
    )


def _key(asked: DepositQuestion) -> Callable[[date], date]:
    return (lambda day: day - timedelta(days=day.weekday())) if asked.by_week else (lambda day: day)


def _last_of_each(rows: list[Row], asked: DepositQuestion) -> dict[date, Row]:
    """The last row of each day or week."""
    key = _key(asked)
    return {key(row.day): row for row in rows}


def _spent(rows: list[BalanceDay], asked: DepositQuestion) -> dict[date, Number]:
    key = _key(asked)
    found: dict[date, Number] = {}
    for row in rows:
        found[key(row.day)] = (found.get(key(row.day)) or ZERO) + row.movements.spent_amount
    return found
