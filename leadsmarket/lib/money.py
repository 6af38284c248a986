"""Amounts in Moroccan dirham (MAD): `Decimal`, two places, rounded half up. No float anywhere."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal
from django.db import models
from django.utils.translation import get_language

CENTIME = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST_AMOUNT = Decimal("9999999999.99")
"""What numeric(12,2) holds."""

# product.md writes "4 990,00 MAD", so French is CLDR's `fr`, not `fr_MA` (which would give "4.990,00 MAD").
BABEL_LOCALES = {"fr": "fr", "en": "en", "ar": "ar_MA"}

# CLDR puts a no-break space between a currency's letters and the number; Babel's English pattern leaves it out.
SPACED_PATTERNS = {"en": "¤\u00a0#,##0.00"}


class MoneyField(models.DecimalField):
    """An amount in MAD: numeric(12,2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 12
        kwargs["decimal_places"] = 2
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


def round_to_centime(amount: Decimal) -> Decimal:
    """Round to 0.01 MAD, half up: 12.345 becomes 12.35."""
    return amount.quantize(CENTIME, rounding=ROUND_HALF_UP)


def babel_locale() -> str:
    """Return the CLDR locale of the active language."""
    return BABEL_LOCALES.get((get_language() or "fr")[:2], "fr")


def format_mad(amount: Decimal) -> str:
    """Write an amount in the active language, for example `4 940,00 MAD`."""
    locale = babel_locale()
    written = format_currency(amount, "MAD", locale=locale, format=SPACED_PATTERNS.get(locale))
    # Babel leaves out the mark that keeps a minus on the left of its number in Arabic, where CLDR has it.
    return written.replace("-", "\u200e-") if locale == "ar_MA" else written


def format_number(value: Decimal | int, pattern: str | None = None) -> str:
    """Write a number in the active language; `pattern` as in CLDR, for example `0.##`."""
    return format_decimal(value, format=pattern, locale=babel_locale())
