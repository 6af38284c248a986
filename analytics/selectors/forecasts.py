"""How long a deposit lasts. Amounts in MAD."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from analytics.forecast import (
    HISTORY_DAYS,
    Forecast,
    Recharge,
    forecast,
    recommended_recharge,
    spendable_amount,
)
from analytics.periods import ONE_DAY, Period
from analytics.selectors.leads import lead_figures
from analytics.selectors.money import money_by_day, recent_means
from analytics.selectors.sums import LeadScope
from deposits.models import Deposit
from deposits.selectors import days_left, leads_left
from deposits.services import MINIMUM_RECHARGE_AMOUNT

VALIDATION_DAYS = 90
"""The validation rate that tells how much of the reserved amount will be spent is that of this many days."""


@dataclass(frozen=True, slots=True)
class DepositForecast:
    """How long a deposit lasts.

    days_left, leads_left: the plain figures of deposits.selectors (available / mean of 14 days; available / mean commission).
    forecast: the range beside them, from weekdays and the last eight weeks; its middle need not equal days_left.
    recharge: what to add and by when, None where nothing is spent or there is plenty.
    """

    deposit: Deposit
    days_left: int | None
    leads_left: int | None
    forecast: Forecast
    recharge: Recharge | None


def deposit_forecast(deposit: Deposit) -> DepositForecast:
    """Forecast a deposit. The range ends with what rejections of pending leads may give back. Five queries."""
    today = timezone.localdate()
    opened = timezone.localdate(deposit.created_at)
    period = Period(min(max(today - timedelta(days=HISTORY_DAYS), opened), today - ONE_DAY), today - ONE_DAY)
    history = [money.spent_amount for money in money_by_day(deposit_id=deposit.pk, period=period).values()]
    means = recent_means(deposit_id=deposit.pk)
    found = forecast(
        history,
        spendable=spendable_amount(deposit.available_balance, deposit.reserved_amount, _validation_percentage(deposit)),
        today=today,
        at_least=deposit.available_balance,
    )
    return DepositForecast(
        deposit=deposit,
        days_left=days_left(deposit.available_balance, means.spent_amount),
        leads_left=leads_left(deposit.available_balance, means.mean_commission),
        forecast=found,
        recharge=recommended_recharge(found, available=deposit.available_balance, minimum=MINIMUM_RECHARGE_AMOUNT),
    )


def _validation_percentage(deposit: Deposit) -> Decimal | None:
    scope = LeadScope(merchant_id=deposit.merchant_id, campaign_id=deposit.campaign_id)
    return lead_figures(scope, Period.last_days(VALIDATION_DAYS)).validation_percentage
