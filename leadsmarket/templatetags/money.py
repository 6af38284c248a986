"""Amounts in templates: `{% load money %}`, `{{ amount|mad }}`. No template formats an amount another way."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

from leadsmarket.lib.money import format_mad, format_number

register = template.Library()


@register.filter
def mad(amount: Decimal | None) -> SafeString | str:
    """An amount in MAD in the page's language, kept in one piece beside Arabic text; empty for None."""
    return format_html("<bdi>{}</bdi>", format_mad(amount)) if amount is not None else ""


@register.filter
def mad_taken(amount: Decimal | None) -> SafeString | str:
    """An amount taken away, as its negative: a minus written before an amount would stand on the wrong side in Arabic."""
    return mad(-amount) if amount is not None else ""


@register.filter
def mad_text(amount: Decimal | None) -> str:
    """The same as plain text, for titles, attributes and mails."""
    return format_mad(amount) if amount is not None else ""


@register.filter
def percentage(value: Decimal | None) -> str:
    """A share in percent, for example `46,81 %`, kept in one piece beside Arabic text; empty for None."""
    if value is None:
        return ""
    number = format_number(value, "0.##")
    return f"\u2066{number}%\u2069" if get_language_bidi() else f"{number}\u00a0%"
