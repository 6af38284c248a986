"""The report of a day: to each merchant about its own, to staff about the platform."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Merchant, User
from alerts.kinds import ChannelName, Kind
from alerts.models import Event, NotificationProfile
from alerts.pages import page
from alerts.recipients import merchant_team, staff
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from analytics.periods import Period
from analytics.selectors.leads import LeadFigures, lead_figures, lead_figures_by_day, pending_count
from analytics.selectors.money import balances, money_figures
from analytics.selectors.platform import cash_figures, deposits_by_level, things_to_do
from analytics.selectors.sums import PLATFORM, LeadScope

CHART_DAYS = 7
TALLEST = 60
"""Pixels of the longest bar."""
REPORT_CHANNELS = (ChannelName.EMAIL,)


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the chart: leads that came, and the height of their bar in pixels."""

    day: date
    count: int
    height: int


@tells(Kind.DAILY_REPORT)
def tell_daily_report(event: Event) -> None:
    """Send a report; of a day without activity to those alone who asked for it."""
    day = date.fromisoformat(event.data["day"])
    period = Period(day, day)
    if event.merchant_id is None:
        people, context = staff(), platform_report(period)
    else:
        people, context = merchant_team(event.merchant_id), merchant_report(event.merchant_id, period)
        if not context["has_activity"]:
            people = _who_asked(people)
    notify(Kind.DAILY_REPORT, people, cause=event.cause, context=context, channels=REPORT_CHANNELS)


def merchant_report(merchant_id: UUID, period: Period) -> dict[str, Any]:
    """Return what a merchant's report says of a day: analytics' own figures, and where the deposits stand now."""
    scope = LeadScope(merchant_id=merchant_id)
    figures = lead_figures(scope, period)
    money = money_figures(merchant_id=merchant_id, period=period)
    return {
        "is_platform": False,
        "merchant_name": Merchant.objects.get(pk=merchant_id).name,
        "day": period.first,
        "figures": figures,
        "before": lead_figures(scope, period.previous()),
        "money": money,
        "balances": balances(merchant_id),
        "pending": pending_count(scope),
        "bars": chart(scope, period),
        "has_activity": bool(figures.created_count or figures.decided_count or money.deposited_amount),
        "url": page("dashboard"),
    }


def platform_report(period: Period) -> dict[str, Any]:
    """Return what staff's report says of a day."""
    return {
        "is_platform": True,
        "day": period.first,
        "figures": lead_figures(PLATFORM, period),
        "before": lead_figures(PLATFORM, period.previous()),
        "cash": cash_figures(period),
        "levels": [level for level in deposits_by_level() if level.deposit_count],
        "to_do": things_to_do(),
        "pending": pending_count(PLATFORM),
        "bars": chart(PLATFORM, period),
        "url": page("admin:index"),
    }


def chart(scope: LeadScope, period: Period) -> list[Bar]:
    """Return the leads of the week that ends with a day, as bars."""
    week = Period(period.last - timedelta(days=CHART_DAYS - 1), period.last)
    return bars(lead_figures_by_day(scope, week))


def bars(by_day: dict[date, LeadFigures]) -> list[Bar]:
    """Return a bar for each day; the longest has TALLEST pixels, and a day with a lead at least one."""
    most = max((figures.created_count for figures in by_day.values()), default=0)
    return [
        Bar(day, figures.created_count, -(-figures.created_count * TALLEST // most) if most else 0)
        for day, figures in by_day.items()
    ]


def _who_asked(people: list[User]) -> list[User]:
    asking = NotificationProfile.objects.filter(user__in=people, reports_without_activity=True)
    wanted = set(asking.values_list("user_id", flat=True))
    return [user for user in people if user.pk in wanted]
