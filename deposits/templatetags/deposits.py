"""Template filters of deposits: icons of levels and movements, signed amounts. Load with `{% load deposits %}`."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deposits.levels import LEVEL_STYLES
from deposits.models import DepositTransaction
from leadsmarket.lib.money import format_mad

register = template.Library()

Kind = DepositTransaction.Kind
KIND_ICONS: dict[str, str] = {
    Kind.INITIAL: "arrow-down-left",
    Kind.RECHARGE: "arrow-down-left",
    Kind.RESERVATION: "lock",
    Kind.RELEASE: "lock-open",
    Kind.DEDUCTION: "arrow-up-right",
    Kind.REFUND: "arrow-down-left",
    Kind.ADJUSTMENT: "adjustments-horizontal",
}


@register.filter
def level_icon(level: str) -> str:
    """The name of an alert level's icon in the sprite."""
    return LEVEL_STYLES[level].icon


@register.filter
def kind_icon(kind: str) -> str:
    """The name of the icon of a kind of movement."""
    return KIND_ICONS[kind]


@register.filter
def signed_mad(amount: Decimal) -> SafeString:
    """An amount in MAD with its sign, `+60,00 MAD` too, kept in one piece beside Arabic text."""
    text = format_mad(-abs(amount))
    return format_html("<bdi>{}</bdi>", text.replace("-", "+") if amount > 0 else text)


@register.filter
def movement_amount(transaction: DepositTransaction) -> SafeString:
    """A movement's amount: signed where the balance changed; a reservation or release only holds or frees it."""
    if transaction.balance_change:
        return signed_mad(transaction.balance_change)
    return format_html("<bdi>{}</bdi>", format_mad(transaction.amount))
