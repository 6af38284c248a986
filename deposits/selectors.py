"""Reads about deposits, and the figures that come from their movements alone. Amounts in MAD."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Case, F, Q, QuerySet, Sum, When
from django.utils import timezone
from django.utils.translation import gettext

from deposits.campaign_names import campaign_names
from deposits.models import Deposit, DepositTransaction
from leadsmarket.lib.money import ZERO, round_to_centime

LEADS_LEFT_PERIOD = timedelta(days=30)
DAYS_LEFT_PERIOD = timedelta(days=14)
RECENT_TRANSACTIONS = 5


@dataclass(frozen=True, slots=True)
class NamedDeposit:
    """A deposit with its name for people: that of its campaign, or "General deposit"."""

    deposit: Deposit
    name: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """What the gauge card shows of one deposit. leads_left and days_left are None where there is nothing to compute from.

    others: the merchant's other deposits, to go to from here.
    """

    deposit: Deposit
    name: str
    leads_left: int | None
    days_left: int | None
    recent_transactions: list[DepositTransaction]
    others: list[NamedDeposit]


def merchant_deposits(merchant_id: UUID, *, with_closed: bool = False) -> QuerySet[Deposit]:
    """Return a merchant's deposits that are not closed, the general one first; with_closed: those after the others."""
    deposits = Deposit.objects.filter(merchant_id=merchant_id)
    if not with_closed:
        return deposits.exclude(status=Deposit.Status.CLOSED).order_by(F("campaign_id").asc(nulls_first=True))
    closed_last = Case(When(status=Deposit.Status.CLOSED, then=1), default=0)
    return deposits.order_by(closed_last, F("campaign_id").asc(nulls_first=True), "-id")


def with_names(deposits: Iterable[Deposit]) -> list[NamedDeposit]:
    """Return deposits with their names. One query for the names of campaigns, none without a campaign's deposit."""
    listed = list(deposits)
    names = campaign_names({deposit.campaign_id for deposit in listed if deposit.campaign_id})
    general = gettext("General deposit")
    return [
        NamedDeposit(deposit, names.get(deposit.campaign_id, "") if deposit.campaign_id else general)
        for deposit in listed
    ]


def general_deposit(merchant_id: UUID) -> Deposit | None:
    """Return a merchant's deposit for all campaigns that is not closed, or None. One query."""
    return merchant_deposits(merchant_id).filter(campaign_id=None).first()


def default_gauge(merchant_id: UUID) -> Gauge | None:
    """Return the gauge that the dashboard shows: the general deposit's, else the first one's; None without a deposit."""
    named = with_names(merchant_deposits(merchant_id))
    return gauge_of(named[0], named[1:]) if named else None


def gauge_of(named: NamedDeposit, others: Iterable[NamedDeposit] = ()) -> Gauge:
    """Return the gauge of a deposit with its forecast and last five movements. Two queries."""
    deposit = named.deposit
    leads, days = forecast_of(deposit, deposit.available_balance)
    return Gauge(
        deposit=deposit,
        name=named.name,
        leads_left=leads,
        days_left=days,
        recent_transactions=list(deposit_transactions(deposit)[:RECENT_TRANSACTIONS]),
        others=list(others),
    )


def forecast_of(deposit: Deposit, available_balance: Decimal) -> tuple[int | None, int | None]:
    """Return how many leads and how many days an available balance (MAD) of this deposit lasts. One query."""
    mean_commission, spent = _recent_means(deposit)
    return leads_left(available_balance, mean_commission), days_left(available_balance, spent)


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


def movements(
    *, deposit_id: UUID | None = None, merchant_id: UUID | None = None
) -> tuple[QuerySet[DepositTransaction], str]:
    """Return the movements of one deposit, of a merchant's deposits, or (staff) of all, with the order of their keyset pages.

    The latest first. The order is the one that an index serves: number within a deposit, else id. At most one query here.
    """
    if deposit_id is None and merchant_id is not None:
        own = list(merchant_deposits(merchant_id, with_closed=True).values_list("pk", flat=True)[:2])
        deposit_id = own[0] if len(own) == 1 else None
    if deposit_id is not None:
        return DepositTransaction.objects.filter(deposit_id=deposit_id), "-sequence"
    if merchant_id is not None:
        return DepositTransaction.objects.filter(merchant_id=merchant_id), "-id"
    return DepositTransaction.objects.all(), "-id"


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
