"""A deposit's alert level got worse."""

from decimal import Decimal

from alerts.kinds import Kind
from alerts.models import Event
from alerts.pages import deposit_name, page
from alerts.recipients import merchant_team
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from deposits.levels import LEVEL_STYLES, AlertLevel
from deposits.models import Deposit
from deposits.selectors import forecast_of


@tells(Kind.DEPOSIT_LEVEL)
def tell_deposit_level(event: Event) -> None:
    """Tell the merchant's team the amount left, the percentage and the days left, with a link to recharge.

    Amounts are those of the moment when the level was reached.
    """
    deposit = Deposit.objects.get(pk=event.data["deposit_id"])
    level = AlertLevel(event.data["level"])
    available = Decimal(event.data["available_balance"])
    leads_left, days_left = forecast_of(deposit, available)
    notify(
        Kind.DEPOSIT_LEVEL,
        merchant_team(deposit.merchant_id),
        cause=event.cause,
        context={
            "level": level,
            "level_label": level.label,
            "advice": LEVEL_STYLES[level].advice,
            "colour": LEVEL_STYLES[level].colour,
            "deposit_name": deposit_name(deposit),
            "current_balance": Decimal(event.data["current_balance"]),
            "available_balance": available,
            "gauge_percentage": Decimal(event.data["gauge_percentage"]),
            "leads_left": leads_left,
            "days_left": days_left,
            "url": page("payments:recharge", deposit.pk),
        },
        about={"deposit_id": deposit.pk, "campaign_id": deposit.campaign_id},
        level=level,
    )
