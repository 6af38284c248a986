"""An influencer's performance: what to do more of. Amounts are the influencer's own share, never what a merchant pays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from analytics.charts import Chart
from analytics.charts.leads import Question, leads_chart, reasons_chart, shares_chart, validation_rate_chart
from analytics.charts.money import earnings_chart
from analytics.comparison import compared
from analytics.forms import InfluencerFiguresForm
from analytics.selectors.leads import LeadFigures, lead_figures_by
from leads.models import LeadSource
from leads.selectors.campaign_names import campaign_names
from leads.selectors.earnings import earnings_of
from leads.selectors.influencer import submitted_campaigns
from leadsmarket.lib.htmx import render_page_or_part

SHOWN_ROWS = 10


@dataclass(frozen=True)
class InfluencerAsks:
    """What an influencer's address asks for, read once for a page or one chart."""

    influencer_id: UUID
    form: InfluencerFiguresForm
    has_campaigns: bool

    @cached_property
    def leads(self) -> Question:
        """The leads asked for."""
        return Question(self.form.scope(self.influencer_id), self.form.chosen_period)


def influencer_asks(request: HttpRequest) -> InfluencerAsks:
    """Read the address. One query."""
    influencer_id = request.actor.influencer_id
    campaigns = submitted_campaigns(influencer_id)
    return InfluencerAsks(influencer_id, InfluencerFiguresForm(request.GET, campaigns=campaigns), bool(campaigns))


INFLUENCER_CHARTS: Mapping[str, Callable[[InfluencerAsks], Chart]] = {
    "shares": lambda asks: shares_chart(asks.leads),
    "leads-per-day": lambda asks: leads_chart(
        asks.leads, _("You sent no lead in this period. Choose a longer one, or send a lead.")
    ),
    "earnings-per-week": lambda asks: earnings_chart(asks.leads),
    "validation-rate": lambda asks: validation_rate_chart(asks.leads),
    "rejection-reasons": lambda asks: reasons_chart(asks.leads),
}
"""The charts of the page by the name in their data's address."""


def influencer_performance(request: HttpRequest) -> HttpResponse:
    """Show the page, or the part of it that the filters replace."""
    context = influencer_context(influencer_asks(request))
    return render_page_or_part(request, "analytics/performance.html", "analytics/_performance.html", context)


def influencer_context(asks: InfluencerAsks) -> dict[str, Any]:
    """Return what the page shows; its report is made of the same."""
    scope, period = asks.leads.scope, asks.leads.period
    campaigns = _first(lead_figures_by("campaign", scope, period)) if not scope.source else None
    sources = _first(lead_figures_by("source", scope, period)) if not scope.campaign_id else None
    names = campaign_names([pk for pk, _figures in campaigns or []])
    labels: dict[str, Any] = dict(LeadSource.choices)
    return {
        "form": asks.form,
        "period": period,
        "previous": period.previous(),
        "charts": {name.replace("-", "_"): make(asks) for name, make in INFLUENCER_CHARTS.items()},
        "earnings": earnings_of(asks.influencer_id),
        "has_campaigns": asks.has_campaigns,
        "campaigns": campaigns and [{"name": names.get(pk, ""), "figures": found} for pk, found in campaigns],
        "sources": sources and [{"id": source, "name": labels[source], "figures": found} for source, found in sources],
        "campaigns_are_hidden": bool(scope.source),
        "sources_are_hidden": bool(scope.campaign_id),
        "key_figures": compared(
            asks.leads.figures,
            asks.leads.before,
            [
                (_("Leads"), "created_count", "count", ""),
                (_("Validated"), "validated_count", "count", ""),
                (_("Rejected"), "rejected_count", "count", ""),
                (_("Validation rate"), "validation_percentage", "percentage", _("of the leads decided")),
                (_("Mean score"), "mean_quality_score", "score", ""),
                (_("Earned"), "influencer_amount", "mad", _("your share, less returns")),
            ],
        ),
    }


def _first(found: Mapping[Any, LeadFigures]) -> list[tuple[Any, LeadFigures]]:
    """The best: by what they earned, then by leads."""
    best = sorted(found.items(), key=lambda item: (-item[1].influencer_amount, -item[1].created_count))
    return best[:SHOWN_ROWS]
