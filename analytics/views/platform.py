"""The charts of the staff site's first page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from analytics.charts import Chart
from analytics.charts.leads import Question, leads_chart, validation_rate_chart
from analytics.forms import PeriodForm
from analytics.selectors.sums import PLATFORM


@dataclass(frozen=True)
class PlatformAsks:
    """What the address asks for, read once for a page or one chart."""

    form: PeriodForm

    @cached_property
    def leads(self) -> Question:
        """All leads of the period."""
        return Question(PLATFORM, self.form.chosen_period)


def platform_asks(request: HttpRequest) -> PlatformAsks:
    """Read the address. No query."""
    form = PeriodForm(request.GET)
    form.full_clean()
    return PlatformAsks(form)


PLATFORM_CHARTS: Mapping[str, Callable[[PlatformAsks], Chart]] = {
    "leads-per-day": lambda asks: leads_chart(asks.leads),
    "validation-rate": lambda asks: validation_rate_chart(asks.leads),
}
"""The charts of the page by the name in their data's address."""
