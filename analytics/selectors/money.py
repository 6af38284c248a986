"""What came into deposits, what was spent, and what is left. Amounts in MAD, days local (Africa/Casablanca).

Spent here is the account's: deductions less refunds on the day on which they were booked. LeadFigures.commission_amount is of
leads: what those validated in a period cost, less what was refunded for them since. Over all time both are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.utils import timezone

from analytics.periods import ONE_DAY, Period, start_of
from analytics.selectors.sums import deposit_sums, share
from deposits.levels import AlertLevel
from deposits.models import Deposit, DepositTransaction
from deposits.selectors import DAYS_LEFT_PERIOD, LEADS_LEFT_PERIOD, days_left, leads_left
from leadsmarket.lib.money import ZERO, round_to_centime

Kind = DepositTransaction.Kind


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Movements in a period.

    deposited_amount: openings and recharges ("money in"). adjusted_amount: corrections, signed; money that a provider took back
    is among them. spent_amount: deductions less refunds. reserved_amount, reserved_count: held for new leads.
    released_amount: given back for rejected and expired ones.
    """

    deposited_amount: Decimal = ZERO
    adjusted_amount: Decimal = ZERO
    deducted_amount: Decimal = ZERO
    refunded_amount: Decimal = ZERO
    reserved_amount: Decimal = ZERO
    reserved_count: int = 0
    released_amount: Decimal = ZERO

    @classmethod
    def from_sums(cls, sums: Mapping[str, Any]) -> Self:
        """Make figures of a row of sums.deposit_sums, where null is none."""
        return cls(
            **{
                name: sums[name] or ZERO
                for name in (
                    "deposited_amount",
                    "adjusted_amount",
                    "deducted_amount",
                    "refunded_amount",
                    "reserved_amount",
                    "released_amount",
                )
            },
            reserved_count=int(sums["reserved_count"] or 0),
        )

    @property
    def spent_amount(self) -> Decimal:
        """Commissions taken less those refunded."""
        return self.deducted_amount - self.refunded_amount

    @property
    def balance_change(self) -> Decimal:
        """How the current balance changed."""
        return self.deposited_amount + self.adjusted_amount - self.spent_amount

    @property
    def reserved_change(self) -> Decimal:
        """How the reserved amount changed."""
        return self.reserved_amount - self.released_amount - self.deducted_amount


@dataclass(frozen=True, slots=True)
class BalanceDay:
    """A day's movements, and current balance and reserved amount at its end."""

    day: date
    movements: MoneyFigures
    current_balance: Decimal
    reserved_amount: Decimal


@dataclass(frozen=True, slots=True)
class RecentMeans:
    """What leads_left and days_left of deposits.selectors are computed from.

    mean_commission: mean commission reserved per lead in the last 30 days (30 x 24 hours), to the centime; None without a lead.
    spent_amount: deductions less refunds of the last 14 days.
    """

    mean_commission: Decimal | None
    spent_amount: Decimal


@dataclass(frozen=True, slots=True)
class Balances:
    """A merchant's deposits that are not closed, together; over all its deposits: deposited and spent ever.

    alert_level: the worst one of the deposits in use, None without one. leads_left, days_left: as of one deposit, from the
    sums over all; None where there is nothing to compute from.
    """

    deposit_count: int
    current_balance: Decimal
    reserved_amount: Decimal
    available_balance: Decimal
    deposited_amount: Decimal
    spent_amount: Decimal
    alert_level: str | None
    leads_left: int | None
    days_left: int | None


def money_figures(
    *, merchant_id: UUID | None = None, deposit_id: UUID | None = None, period: Period | None
) -> MoneyFigures:
    """Return the movements of a deposit, a merchant, or the platform (neither given) in a period, or ever. One query."""
    ((_key, sums),) = deposit_sums(merchant_id=merchant_id, deposit_id=deposit_id, period=period).items()
    return MoneyFigures.from_sums(sums)


def money_by_day(
    *, merchant_id: UUID | None = None, deposit_id: UUID | None = None, period: Period
) -> dict[date, MoneyFigures]:
    """Return the movements of each day of a period, in order; days without any too. One query."""
    found = deposit_sums(merchant_id=merchant_id, deposit_id=deposit_id, period=period, by=("day",))
    return {day: MoneyFigures.from_sums(found[(day,)]) if (day,) in found else MoneyFigures() for day in period.days}


def balance_by_day(
    *, merchant_id: UUID | None = None, deposit_id: UUID | None = None, period: Period
) -> list[BalanceDay]:
    """Return movements and closing balance of each day of a period: of a deposit, a merchant, or the platform. One query.

    Added up from the first movement on, so that a day's balance is what the books of its evening said.
    """
    ever = Period.until(period.last)
    found = deposit_sums(merchant_id=merchant_id, deposit_id=deposit_id, period=ever, by=("day",))
    balance, reserved = ZERO, ZERO
    by_day = {day: MoneyFigures.from_sums(sums) for (day,), sums in found.items()}
    for day, movements in by_day.items():
        if day < period.first:
            balance += movements.balance_change
            reserved += movements.reserved_change
    days = []
    for day in period.days:
        movements = by_day.get(day, MoneyFigures())
        balance += movements.balance_change
        reserved += movements.reserved_change
        days.append(BalanceDay(day, movements, balance, reserved))
    return days


def recent_means(*, merchant_id: UUID | None = None, deposit_id: UUID | None = None) -> RecentMeans:
    """Return what leads_left and days_left are computed from, for one deposit or all of a merchant. Three queries.

    The same figures as those of deposits.selectors, but whole days come from the rollup: only the first, cut day of each
    window is counted live.
    """
    now = timezone.now()
    of_leads, of_days = now - LEADS_LEFT_PERIOD, now - DAYS_LEFT_PERIOD
    whole_days = Period(timezone.localdate(of_leads) + ONE_DAY, timezone.localdate(now))
    by_day = money_by_day(merchant_id=merchant_id, deposit_id=deposit_id, period=whole_days)
    cut = _first_day_from(of_leads, merchant_id, deposit_id)
    reserved_amount = sum((money.reserved_amount for money in by_day.values()), cut.reserved_amount)
    reserved_count = sum((money.reserved_count for money in by_day.values()), cut.reserved_count)
    mean = share(reserved_amount, reserved_count)
    spent = _first_day_from(of_days, merchant_id, deposit_id).spent_amount
    spent += sum((money.spent_amount for day, money in by_day.items() if day > timezone.localdate(of_days)), ZERO)
    return RecentMeans(round_to_centime(mean) if mean else None, spent)


def balances(merchant_id: UUID) -> Balances:
    """Return how a merchant's deposits stand together. Five queries."""
    deposits = list(Deposit.objects.filter(merchant_id=merchant_id).exclude(status=Deposit.Status.CLOSED))
    ever = money_figures(merchant_id=merchant_id, period=None)
    means = recent_means(merchant_id=merchant_id)
    in_use = [deposit for deposit in deposits if deposit.status != Deposit.Status.AWAITING_PAYMENT]
    worst_first = [*reversed(AlertLevel.values)]
    available = sum((deposit.available_balance for deposit in deposits), ZERO)
    return Balances(
        deposit_count=len(deposits),
        current_balance=sum((deposit.current_balance for deposit in deposits), ZERO),
        reserved_amount=sum((deposit.reserved_amount for deposit in deposits), ZERO),
        available_balance=available,
        deposited_amount=ever.deposited_amount,
        spent_amount=ever.spent_amount,
        alert_level=min((deposit.alert_level for deposit in in_use), key=worst_first.index, default=None),
        leads_left=leads_left(available, means.mean_commission),
        days_left=days_left(available, means.spent_amount),
    )


def _first_day_from(since: datetime, merchant_id: UUID | None, deposit_id: UUID | None) -> MoneyFigures:
    """Count the movements from a moment on to the end of its local day."""
    until = start_of(timezone.localdate(since) + ONE_DAY)
    # By deposit: that is the index by time.
    deposits = (
        {"deposit_id": deposit_id} if deposit_id else {"deposit__in": Deposit.objects.filter(merchant_id=merchant_id)}
    )
    movements = DepositTransaction.objects.filter(**deposits, created_at__gte=since, created_at__lt=until)
    sums = movements.aggregate(
        reserved_amount=Sum("amount", filter=Q(kind=Kind.RESERVATION)),
        reserved_count=Count("pk", filter=Q(kind=Kind.RESERVATION)),
        deducted_amount=Sum("amount", filter=Q(kind=Kind.DEDUCTION)),
        refunded_amount=Sum("amount", filter=Q(kind=Kind.REFUND)),
    )
    return MoneyFigures(**{name: value or ZERO for name, value in sums.items()})
