"""Charts as data: what a canvas draws and what the table beneath it says come from the same numbers.

Pages include templates/analytics/_chart.html, canvases ask analytics.views.chart_data, reports may draw them their own way.
Texts are in the active language: make a chart while answering its reader.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from babel.dates import format_date
from django.utils.translation import gettext as _

from leadsmarket.lib.money import babel_locale, format_mad, format_number
from leadsmarket.templatetags.money import percentage
from leadsmarket.templatetags.ui import day_text

Unit = Literal["count", "percentage", "mad"]
Number = int | Decimal | None

DAILY_CHART = 92
"""Longer periods are drawn by week: a bar for each day could not be told from its neighbour."""
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Series:
    """One row of bars or one line; None in `values` is a gap.

    tone: its colour's name in static/analytics/charts.css. drawn_as: `table` for numbers that only the table has. is_band:
    filled down to the series before it. on_second_axis: has a scale of its own, at the other side.
    """

    label: str
    values: Sequence[Number]
    tone: str = "primary"
    unit: Unit = "count"
    drawn_as: Literal["bar", "line", "table"] = "bar"
    is_dashed: bool = False
    is_band: bool = False
    on_second_axis: bool = False

    @property
    def texts(self) -> list[str]:
        """The values as the table and the tooltips write them."""
        return [number_text(value, self.unit) for value in self.values]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with all its texts. name: its part of the address of its data.

    labels: short, along the axis; row_labels: whole, in the table, whose first column is headed `heading`. colours: a tone for
    each bar instead of the series' own. empty_text: what to do where there is nothing to draw.
    """

    name: str
    title: str
    description: str
    heading: str
    labels: Sequence[str]
    series: Sequence[Series]
    empty_text: str
    row_labels: Sequence[str] = ()
    colours: Sequence[str] = ()
    is_stacked: bool = False
    is_horizontal: bool = False
    largest: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but noughts and gaps."""
        return not any(value for one in self.series for value in one.values)

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The rows of the table: a label and a text for each series."""
        columns = [one.texts for one in self.series]
        return list(
            zip(self.row_labels or self.labels, map(list, zip(*columns, strict=True)), strict=True) if columns else ()
        )

    def as_json(self) -> dict[str, Any]:
        """What charts.js draws. Numbers are floats, for drawing alone; `texts` say them exactly."""
        return {
            "labels": list(self.labels),
            "row_labels": list(self.row_labels or self.labels),
            "colours": list(self.colours),
            "is_stacked": self.is_stacked,
            "is_horizontal": self.is_horizontal,
            "largest": self.largest,
            "series": [
                {
                    "label": one.label,
                    "values": [None if value is None else float(value) for value in one.values],
                    "texts": one.texts,
                    "tone": one.tone,
                    "unit": one.unit,
                    "drawn_as": one.drawn_as,
                    "is_dashed": one.is_dashed,
                    "is_band": one.is_band,
                    "on_second_axis": one.on_second_axis,
                }
                for one in self.series
            ],
        }


def number_text(value: Number, unit: Unit) -> str:
    """Write a number in the active language; a dash for None."""
    if value is None:
        return NOTHING
    if unit == "mad":
        return format_mad(Decimal(value))
    return percentage(Decimal(value)) if unit == "percentage" else format_number(value)


@dataclass(frozen=True, slots=True)
class Dates:
    """How an axis of days or weeks (by their Mondays) is worded."""

    days: Sequence[date]
    by_week: bool

    @property
    def heading(self) -> str:
        """The heading of the table's first column."""
        return _("Week of") if self.by_week else _("Day")

    @property
    def labels(self) -> list[str]:
        """Short labels: `20 nov.`."""
        return [format_date(day, "d MMM", locale=babel_locale()) for day in self.days]

    @property
    def row_labels(self) -> list[str]:
        """Whole labels: `20 nov. 2026`."""
        return [day_text(day) for day in self.days]


def column(found: Mapping[Any, Any], name: str) -> list[Any]:
    """Return one attribute of each value."""
    return [getattr(figures, name) for figures in found.values()]
