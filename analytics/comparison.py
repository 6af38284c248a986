"""A figure beside the same figure of the period before."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from analytics.charts import NOTHING, Number
from analytics.selectors.leads import LeadFigures
from leadsmarket.lib.money import format_mad, format_number
from leadsmarket.templatetags.money import percentage

Kind = Literal["count", "percentage", "mad", "score", "hours", "ratio"]
PATTERNS = {"count": "#,##0", "percentage": "0.#", "score": "0.0#", "hours": "#,##0.#", "ratio": "0.00"}
DIGITS = re.compile(r"\d[\d.,]*")
"""Digits keep their sign on the left beside Arabic text, where the unit follows on their left."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure and how it differs from `before`. None: there is nothing to compute it from. note: what else to know of it."""

    label: str
    value: Number
    before: Number
    kind: Kind = "count"
    note: str = ""

    @property
    def text(self) -> str:
        """The figure with its unit; a dash for None."""
        return NOTHING if self.value is None else _with_unit(Decimal(self.value), self.kind)

    @property
    def direction(self) -> str:
        """`up`, `down` or `same` as people see it, rounded; empty where there is nothing to compare."""
        if self.value is None or self.before is None:
            return ""
        if self.text == _with_unit(Decimal(self.before), self.kind):
            return "same"
        return "up" if self.value > self.before else "down"

    @property
    def difference(self) -> str:
        """The difference with its sign: `+12`, `-3.5 points`; percentages differ by points."""
        if self.value is None or self.before is None:
            return ""
        difference = Decimal(self.value) - Decimal(self.before)
        sign = "+" if difference > 0 else "\u2212"
        size = abs(difference)
        if self.kind == "percentage":
            return _("%(number)s points") % {"number": f"{sign}{format_number(size, PATTERNS['percentage'])}"}
        written = _with_unit(size, self.kind)
        if not get_language_bidi():
            return f"{sign}{written}"
        return DIGITS.sub(lambda digits: f"\u2066{sign}{digits[0]}\u2069", written, count=1)

    @property
    def before_text(self) -> str:
        """The figure of the period before."""
        return NOTHING if self.before is None else _with_unit(Decimal(self.before), self.kind)


def compared(now: LeadFigures, before: LeadFigures, wanted: Iterable[tuple[str, str, Kind, str]]) -> list[KeyFigure]:
    """Make key figures of attributes of LeadFigures: (label, attribute, kind, note) each."""
    return [
        KeyFigure(label, getattr(now, name), getattr(before, name), kind, note) for label, name, kind, note in wanted
    ]


def _with_unit(value: Decimal, kind: Kind) -> str:
    if kind == "mad":
        return format_mad(value)
    if kind == "percentage":
        return percentage(value)
    number = format_number(value, PATTERNS[kind])
    return _("%(number)s h") % {"number": number} if kind == "hours" else number
