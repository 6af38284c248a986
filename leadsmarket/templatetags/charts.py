"""Charts in documents: `{% load charts %}`, `{% chart_svg chart %}`."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

from leadsmarket.lib import charts

register = template.Library()


@register.simple_tag
def chart_svg(chart: Mapping[str, Any]) -> SafeString:
    """A chart's drawing, in the direction of the document's language."""
    return charts.chart_svg(chart, is_rtl=get_language_bidi())


@register.simple_tag
def chart_legend(chart: Mapping[str, Any]) -> SafeString:
    """The series of a chart with their colours; nothing where there is one alone."""
    drawn = [one for one in chart["series"] if one["drawn_as"] != "table"]
    if len(drawn) < 2:
        return SafeString("")
    mark = (
        '<svg class="legend-mark" viewBox="0 0 8 8" width="8" height="8"><rect width="8" height="8" fill="{}"/></svg>'
    )
    entries = ((charts.tone_of(one, number), one["label"]) for number, one in enumerate(drawn))
    return format_html_join(" ", f'<span class="legend-entry">{mark} {{}}</span>', entries)
