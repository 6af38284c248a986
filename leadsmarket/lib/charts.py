"""Charts for documents: SVG of the same data that pages give to their canvases (`as_json` of analytics.charts.Chart).

Bars (beside or upon each other, upright or lying) and lines. The axis has few, round steps; labels that don't fit are left out.
Amounts are drawn as floats; the numbers that people read are the texts that come along. Nothing here runs in a browser.
Texts are HTML laid over the drawing: WeasyPrint sets the letters of an SVG's text one by one from the left, which no Arabic
word survives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 640, 190
LEFT, RIGHT, TOP, FOOT = 46, 10, 8, 22
ROW_HEIGHT, ROW_LABELS = 20, 150
AXIS_LABELS = 12
TONES = {
    "primary": "#4b3fd1",
    "validated": "#10a37f",
    "converted": "#2c6ecb",
    "pending": "#f5b82e",
    "rejected": "#dc4a4a",
    "lost": "#8a8aa8",
    "spent": "#f97316",
    "band": "#9a92ea",
}
OTHER_TONES = ("#4b3fd1", "#0ea5e9", "#f97316", "#a855f7", "#14b8a6", "#64748b")
GRID = "#d9d9e6"

Chart = Mapping[str, Any]


def chart_svg(chart: Chart, *, is_rtl: bool = False) -> SafeString:
    """Return the chart: an `<svg>` element in a box with its texts.

    is_rtl: the axis of names stands on the right and time runs to the left.
    """
    series = [one for one in chart["series"] if one["drawn_as"] != "table"]
    drawn = _lying_bars(chart, series, is_rtl) if chart["is_horizontal"] else _upright(chart, series, is_rtl)
    # Every text in it was escaped; the rest are numbers and colours of ours.
    return mark_safe(drawn)  # noqa: S308


def tone_of(series: Mapping[str, Any], number: int = 0) -> str:
    """Return the colour of a series: those of static/analytics/charts.css on paper."""
    return TONES.get(series["tone"], OTHER_TONES[number % len(OTHER_TONES)])


@dataclass(frozen=True, slots=True)
class Label:
    """A text whose base line begins, has its middle or ends at x, y of the drawing. anchor: `start`, `middle` or `end`."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` in steps that people count in."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """The values at which a line is drawn."""
        return [self.low + self.step * number for number in range(round((self.high - self.low) / self.step) + 1)]

    def share(self, value: float) -> float:
        """Where a value lies between low (0) and high (1)."""
        return (value - self.low) / (self.high - self.low)


def scale_of(values: Sequence[float], largest: float | None = None) -> Scale:
    """Return an axis with at most five steps of 1, 2 or 5 times a power of ten, always with 0 on it."""
    low, high = min([0.0, *values]), max([0.0, *values])
    if largest is not None:
        high = max(high, float(largest))
    high = high if high > low else 1.0
    rough = (high - low) / 4
    power = 10 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return Scale(floor(low / step) * step, max(ceil(high / step), 1) * step, step)


def _upright(chart: Chart, series: list[Any], is_rtl: bool) -> str:
    labels = chart["labels"]
    first, second = ([one for one in series if one["on_second_axis"] is is_second] for is_second in (False, True))
    scale = scale_of(_heights(first, chart["is_stacked"]), chart["largest"])
    other = scale_of(_heights(second, False)) if second else scale
    right = RIGHT + (LEFT if second else 0)
    inner, tall = WIDTH - LEFT - right, HEIGHT - TOP - FOOT
    slot = inner / max(len(labels), 1)

    def x_of(place: float) -> float:
        across = (place + 0.5) * slot
        return LEFT + (inner - across if is_rtl else across)

    def y_of(value: float, on: Scale = scale) -> float:
        return TOP + tall * (1 - on.share(value))

    parts = _grid(scale, y_of, right)
    if second:
        parts += [_tick(WIDTH - right + 6, y_of(tick, other), tick, "start") for tick in other.ticks]
    for group, on in ((first, scale), (second, other)):
        bars = [one for one in group if one["drawn_as"] == "bar"]
        parts += _bars(chart, bars, x_of, lambda value, on=on: y_of(value, on), slot)
    below: list[Any] | None = None
    for number, one in enumerate(series):
        if one["drawn_as"] == "line":
            on = other if one["on_second_axis"] else scale
            if one["is_band"] and below is not None:
                parts.append(_band(one, below, number, x_of, lambda value, on=on: y_of(value, on)))
            else:
                parts += _line(one, number, x_of, lambda value, on=on: y_of(value, on))
            below = one["values"]
    every = max(ceil(len(labels) / AXIS_LABELS), 1)
    parts += [
        Label(x_of(place), HEIGHT - 6, label, "middle") for place, label in enumerate(labels) if place % every == 0
    ]
    return _svg(HEIGHT, parts)


def _heights(series: list[Any], is_stacked: bool) -> list[float]:
    if not is_stacked:
        return [value for one in series for value in one["values"] if value is not None]
    bars = [one["values"] for one in series if one["drawn_as"] == "bar"]
    lines = [value for one in series if one["drawn_as"] == "line" for value in one["values"] if value is not None]
    return [*(sum(value or 0 for value in column) for column in zip(*bars, strict=True)), *lines]


def _bars(chart: Chart, bars: list[Any], x_of: Any, y_of: Any, slot: float) -> list[str]:
    parts = []
    wide = slot * 0.72 / (1 if chart["is_stacked"] else max(len(bars), 1))
    for place in range(len(chart["labels"])):
        base = 0.0
        for number, one in enumerate(bars):
            value = one["values"][place]
            if not value:
                continue
            shift = 0.0 if chart["is_stacked"] else (number - (len(bars) - 1) / 2) * wide
            low, high = sorted((y_of(base), y_of(base + value)))
            colour = _colour(chart, one, number, place)
            parts.append(_rectangle(x_of(place) + shift - wide / 2, low, wide, high - low, colour))
            if chart["is_stacked"]:
                base += value
    return parts


def _line(one: Any, number: int, x_of: Any, y_of: Any) -> list[str]:
    colour, dash = tone_of(one, number), ' stroke-dasharray="4 3"' if one["is_dashed"] else ""
    parts = []
    for run in _runs(one["values"]):
        points = " ".join(f"{x_of(place):.1f},{y_of(value):.1f}" for place, value in run)
        if len(run) == 1:
            place, value = run[0]
            parts.append(f'<circle cx="{x_of(place):.1f}" cy="{y_of(value):.1f}" r="2" fill="{colour}"/>')
        else:
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
    return parts


def _band(one: Any, below: list[Any], number: int, x_of: Any, y_of: Any) -> str:
    places = [place for place, pair in enumerate(zip(one["values"], below, strict=True)) if None not in pair]
    upper = [f"{x_of(place):.1f},{y_of(one['values'][place]):.1f}" for place in places]
    lower = [f"{x_of(place):.1f},{y_of(below[place]):.1f}" for place in reversed(places)]
    return f'<polygon points="{" ".join([*upper, *lower])}" fill="{tone_of(one, number)}" fill-opacity="0.18"/>'


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the stretches without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _lying_bars(chart: Chart, series: list[Any], is_rtl: bool) -> str:
    scale = scale_of(_heights(series, chart["is_stacked"]), chart["largest"])
    inner = WIDTH - ROW_LABELS - 60
    height = ROW_HEIGHT * len(chart["labels"]) + 8
    parts: list[str | Label] = []
    for place, label in enumerate(chart["labels"]):
        middle = 4 + ROW_HEIGHT * (place + 0.5)
        label_edge, anchor = (WIDTH - ROW_LABELS + 8, "start") if is_rtl else (ROW_LABELS - 8, "end")
        parts.append(Label(label_edge, middle + 3, label, anchor))
        start = 0.0
        for number, one in enumerate(series):
            long = inner * scale.share(one["values"][place] or 0)
            x = WIDTH - ROW_LABELS - start - long if is_rtl else ROW_LABELS + start
            parts.append(_rectangle(x, middle - 6, long, 12, _colour(chart, one, number, place)))
            start += long
        written = " · ".join(one["texts"][place] for one in series)
        edge = WIDTH - ROW_LABELS - start - 5 if is_rtl else ROW_LABELS + start + 5
        parts.append(Label(edge, middle + 3, written, "end" if is_rtl else "start"))
    return _svg(height, parts)


def _colour(chart: Chart, one: Any, number: int, place: int) -> str:
    own = chart["colours"][place] if chart["colours"] else ""
    return TONES.get(own, tone_of(one, number))


def _grid(scale: Scale, y_of: Any, right: float) -> list[str | Label]:
    lines = [
        f'<line x1="{LEFT}" x2="{WIDTH - right}" y1="{y_of(tick):.1f}" y2="{y_of(tick):.1f}" stroke="{GRID}"'
        ' stroke-width="0.6"/>'
        for tick in scale.ticks
    ]
    return [*lines, *(_tick(LEFT - 6, y_of(tick), tick, "end") for tick in scale.ticks)]


def _tick(x: float, y: float, value: float, anchor: str) -> Label:
    text = f"{value / 1000:g}k" if abs(value) >= 10_000 else f"{round(value, 6):g}"
    # The mark keeps a minus on the left of its digits in an Arabic document.
    return Label(x, y + 3, f"\u200e{text}", anchor)


def _rectangle(x: float, y: float, wide: float, tall: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(tall, 0):.1f}" fill="{colour}"/>'


def _svg(height: float, parts: Sequence[str | Label]) -> str:
    shapes = "".join(part for part in parts if isinstance(part, str))
    texts = "".join(
        f'<span class="chart-text chart-text-{part.anchor}" style="left:{100 * part.x / WIDTH:.2f}%;'
        f'top:{100 * part.y / height:.2f}%">{escape(part.text)}</span>'
        for part in parts
        if isinstance(part, Label)
    )
    return (
        f'<div class="chart-box"><svg xmlns="http://www.w3.org/2000/svg" class="chart-drawing"'
        f' viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}">{shapes}</svg>{texts}</div>'
    )
