"""A merchant's analytics: figures beside those of the period before, charts, and who and what brings leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.charts import Chart
from analytics.charts.leads import (
    Question,
    funnel_chart,
    hours_chart,
    leads_chart,
    reasons_chart,
    scores_chart,
    validation_rate_chart,
)
from analytics.charts.money import DepositQuestion, balance_chart
from analytics.comparison import KeyFigure, compared
from analytics.forms import MerchantFiguresForm
from analytics.selectors.leads import lead_figures, lead_figures_by, pending_count
from analytics.selectors.money import balances
from analytics.selectors.statistics import Ranked, top_influencers, top_sources
from analytics.selectors.sums import LeadScope
from deposits.selectors import NamedDeposit, merchant_deposits, with_names
from leads.models import LeadSource
from leads.selectors.agreements import influencer_choices
from leads.selectors.campaign_names import campaign_names
from leads.selectors.leads import campaign_choices
from leadsmarket.lib.htmx import render_page_or_part

SHOWN_ROWS = 10
SHOWN_CAMPAIGNS = 25


@dataclass(frozen=True)
class MerchantAsks:
    """What a merchant's address asks for, read once for a page or one chart."""

    merchant_id: UUID
    form: MerchantFiguresForm
    deposits: list[NamedDeposit]
    has_campaigns: bool

    @cached_property
    def leads(self) -> Question:
        """The leads asked for."""
        return Question(self.form.scope(self.merchant_id), self.form.chosen_period)

    @cached_property
    def deposit(self) -> DepositQuestion | None:
        """The deposit asked for; else the chosen campaign's own, else the first one; None without any."""
        campaign_id, chosen_id = self.form.chosen_id("campaign"), self.form.chosen_id("deposit")
        wanted = [named for named in self.deposits if chosen_id and named.deposit.pk == chosen_id]
        wanted += [named for named in self.deposits if campaign_id and named.deposit.campaign_id == campaign_id]
        named = next(iter([*wanted, *self.deposits]), None)
        if named is None:
            return None
        return DepositQuestion(named, self.leads.period, timezone.localdate(), self.leads.by_week)


def merchant_asks(request: HttpRequest) -> MerchantAsks:
    """Read the address. At most four queries."""
    merchant_id = request.actor.merchant_id
    campaigns = campaign_choices(merchant_id)
    deposits = with_names(merchant_deposits(merchant_id))
    form = MerchantFiguresForm(
        request.GET,
        campaigns=campaigns,
        influencers=influencer_choices(merchant_id),
        deposits=[(named.deposit.pk, named.name) for named in deposits],
    )
    return MerchantAsks(merchant_id, form, deposits, bool(campaigns))


def _balance(asks: MerchantAsks) -> Chart | None:
    return balance_chart(asks.deposit) if asks.deposit else None


MERCHANT_CHARTS: Mapping[str, Callable[[MerchantAsks], Chart | None]] = {
    "leads-per-day": lambda asks: leads_chart(asks.leads),
    "validation-rate": lambda asks: validation_rate_chart(asks.leads),
    "funnel": lambda asks: funnel_chart(asks.leads),
    "scores": lambda asks: scores_chart(asks.leads),
    "hours-to-decision": lambda asks: hours_chart(asks.leads),
    "rejection-reasons": lambda asks: reasons_chart(asks.leads),
    "balance": _balance,
}
"""The charts of the page by the name in their data's address. None: the merchant has no deposit."""


def merchant_analytics(request: HttpRequest) -> HttpResponse:
    """Show the page, or the part of it that the filters replace."""
    context = merchant_context(merchant_asks(request))
    return render_page_or_part(request, "analytics/analytics.html", "analytics/_analytics.html", context)


def merchant_context(asks: MerchantAsks) -> dict[str, Any]:
    """Return what the page shows; its report is made of the same."""
    charts = {name.replace("-", "_"): make(asks) for name, make in MERCHANT_CHARTS.items()}
    scope, period = asks.leads.scope, asks.leads.period
    return {
        "form": asks.form,
        "period": period,
        "previous": period.previous(),
        "charts": charts,
        "key_figures": _key_figures(asks),
        "money": balances(asks.merchant_id),
        "asked_deposit": asks.deposit,
        "has_campaigns": asks.has_campaigns,
        "has_leads": bool(lead_figures(LeadScope(merchant_id=asks.merchant_id), None).created_count),
        "influencers": None if scope.source else top_influencers(scope, period, SHOWN_ROWS),
        "sources": None if scope.influencer_id else _sources(asks),
        "campaigns": _campaign_rows(asks),
    }


def _key_figures(asks: MerchantAsks) -> list[KeyFigure]:
    now, before = asks.leads.figures, asks.leads.before
    pending = KeyFigure(_("Pending"), pending_count(asks.leads.scope), None, note=_("waiting for a decision now"))
    figures = compared(
        now,
        before,
        [
            (_("Leads"), "created_count", "count", ""),
            (_("Validated"), "validated_count", "count", ""),
            (_("Rejected"), "rejected_count", "count", ""),
            (_("Validation rate"), "validation_percentage", "percentage", _("of the leads decided")),
            (_("Conversion rate"), "conversion_percentage", "percentage", _("of the leads validated")),
            (_("Mean score"), "mean_quality_score", "score", ""),
            (_("Mean value"), "mean_value_amount", "mad", _("estimated, per lead")),
            (_("Time to decision"), "decision_hours", "hours", _("on average")),
            (_("Commission"), "commission_amount", "mad", _("for the leads validated, less returns")),
            (_("Commission per lead"), "mean_commission_amount", "mad", ""),
            (_("Cost per sale"), "acquisition_amount", "mad", _("commission per converted lead")),
            (_("Return on investment"), "roi", "ratio", _("net, per dirham of commission")),
        ],
    )
    return [figures[0], pending, *figures[1:]]


def _sources(asks: MerchantAsks) -> list[Ranked]:
    """The sources of most leads, with their names in the reader's language."""
    found = top_sources(asks.leads.scope, asks.leads.period, SHOWN_ROWS)
    return [replace(row, name=str(LeadSource(row.id).label)) for row in found]


def _campaign_rows(asks: MerchantAsks) -> list[dict[str, Any]]:
    """The campaigns with anything in the period, those with most leads first. Two queries."""
    scope = asks.leads.scope
    found = list(lead_figures_by("campaign", scope, asks.leads.period).items())[:SHOWN_CAMPAIGNS]
    names = campaign_names([pk for pk, _figures in found])
    return [{"id": pk, "name": names.get(pk, ""), "figures": figures} for pk, figures in found]
