"""A deposit's alert level got worse."""

from decimal import Decimal
from typing import Any

from alerts.kinds import Kind
from alerts.models import Event
from alerts.pages import deposit_name, page
from alerts.recipients import merchant_team
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from deposits.levels import LEVEL_STYLES, AlertLevel
from deposits.models import Deposit
from deposits.selectors import forecast_of

GLYPHS = {AlertLevel.ATTENTION: "●", AlertLevel.WARNING: "▲", AlertLevel.CRITICAL: "◆", AlertLevel.DEPLETED: "■"}
"""Mail programs show no SVG; each level has a shape of its own beside its colour and word."""


@tells(Kind.DEPOSIT_LEVEL)
def tell_deposit_level(event: Event) -> None:
    """Tell the merchant's team the amount left, the percentage and the days left, with a link to recharge.

    Amounts are those of the moment when the level was reached.
    """
    deposit = Deposit.objects.get(pk=event.data["deposit_id"])
    available = Decimal(event.data["available_balance"])
    context = level_context(
        deposit,
        event.data["level"],
        current_balance=Decimal(event.data["current_balance"]),
        available_balance=available,
        gauge_percentage=Decimal(event.data["gauge_percentage"]),
        forecast=forecast_of(deposit, available),
    )
    notify(
        Kind.DEPOSIT_LEVEL,
        merchant_team(deposit.merchant_id),
        cause=event.cause,
        context=context | {"deposit_name": deposit_name(deposit)},
        about={"deposit_id": deposit.pk, "campaign_id": deposit.campaign_id},
        level=event.data["level"],
    )


def level_context(
    deposit: Deposit,
    level: str,
    *,
    current_balance: Decimal,
    available_balance: Decimal,
    gauge_percentage: Decimal,
    forecast: tuple[int | None, int | None],
) -> dict[str, Any]:
    """Return what the message says, but for the deposit's name. Amounts in MAD; forecast: leads and days left."""
    reached = AlertLevel(level)
    leads_left, days_left = (0, 0) if reached == AlertLevel.DEPLETED else forecast
    return {
        "level": reached.value,
        "level_label": reached.label,
        "glyph": GLYPHS[reached],
        "colour": LEVEL_STYLES[reached].colour,
        "advice": LEVEL_STYLES[reached].advice,
        "current_balance": current_balance,
        "available_balance": available_balance,
        "gauge_percentage": gauge_percentage,
        "leads_left": leads_left,
        "days_left": days_left,
        "url": page("payments:recharge", deposit.pk),
    }
