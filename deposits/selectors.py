"""Reads about deposits, and the figures that come from their movements alone. Amounts in MAD."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, F, Q, QuerySet, Sum
from django.utils import timezone

from deposits.models import Deposit, DepositTransaction
from leadsmarket.lib.money import ZERO, round_to_centime

LEADS_LEFT_PERIOD = timedelta(days=30)
DAYS_LEFT_PERIOD = timedelta(days=14)
RECENT_TRANSACTIONS = 5


@dataclass(frozen=True, slots=True)
class Gauge:
    """What the gauge card shows of one deposit. leads_left and days_left are None where there is nothing to compute from."""

    deposit: Deposit
    leads_left: int | None
    days_left: int | None
    recent_transactions: list[DepositTransaction]


def merchant_deposits(merchant_id: UUID) -> QuerySet[Deposit]:
    """Return a merchant's deposits that are not closed, the general one first."""
    deposits = Deposit.objects.filter(merchant_id=merchant_id).exclude(status=Deposit.Status.CLOSED)
    return deposits.order_by(F("campaign_id").asc(nulls_first=True))


def gauge_of(deposit: Deposit) -> Gauge:
    """Return the gauge of a deposit with its forecast and last five movements. Two queries."""
    mean_commission, spent = _recent_means(deposit)
    return Gauge(
        deposit=deposit,
        leads_left=leads_left(deposit.available_balance, mean_commission),
        days_left=days_left(deposit.available_balance, spent),
        recent_transactions=list(deposit_transactions(deposit)[:RECENT_TRANSACTIONS]),
    )


def leads_left(available_balance: Decimal, mean_commission: Decimal | None) -> int | None:
    """Leads that can still be reserved: available / mean commission reserved per lead in the last 30 days, rounded down.

    None without a lead in that time.
    """
    if not mean_commission:
        return None
    return int(available_balance / mean_commission)


def days_left(available_balance: Decimal, spent: Decimal) -> int | None:
    """Days until the available balance is spent: available / mean daily spend (deductions less refunds) of the last 14
    days, rounded down. None without spending in that time.
    """
    if spent <= 0:
        return None
    return int(available_balance / (spent / DAYS_LEFT_PERIOD.days))


def deposit_transactions(deposit: Deposit) -> QuerySet[DepositTransaction]:
    """Return a deposit's movements, the latest first."""
    return deposit.transactions.order_by("-sequence")


def _recent_means(deposit: Deposit) -> tuple[Decimal | None, Decimal]:
    now = timezone.now()
    kinds = DepositTransaction.Kind
    in_days_left_period = Q(created_at__gte=now - DAYS_LEFT_PERIOD)
    figures = deposit.transactions.filter(created_at__gte=now - LEADS_LEFT_PERIOD).aggregate(
        mean_commission=Avg("amount", filter=Q(kind=kinds.RESERVATION)),
        deducted=Sum("amount", filter=Q(kind=kinds.DEDUCTION) & in_days_left_period),
        refunded=Sum("amount", filter=Q(kind=kinds.REFUND) & in_days_left_period),
    )
    mean = figures["mean_commission"]
    spent = (figures["deducted"] or ZERO) - (figures["refunded"] or ZERO)
    return (round_to_centime(mean) if mean else None), spent
