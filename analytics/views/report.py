"""The page of figures as a PDF: what it shows is frozen here, a worker makes the document."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import role_required
from accounts.models import Influencer, Merchant
from analytics.charts import NOTHING, Chart
from analytics.comparison import KeyFigure
from analytics.selectors.leads import LeadFigures
from analytics.views.merchant_analytics import merchant_asks, merchant_context
from analytics.views.performance import influencer_asks, influencer_context
from leadsmarket.lib.money import format_mad, format_number
from leadsmarket.templatetags.money import percentage
from payments.services import ask_report

FIGURES_PER_ROW = 4
OWN_FIELDS = ("period", "since", "until")
"""The report says its days itself."""


@require_GET
@role_required("merchant", "influencer")
def report_pdf(request: HttpRequest) -> HttpResponse:
    """Ask for the page's figures and charts, with its filters, as a PDF; lead to where it will be."""
    actor = request.actor
    if actor.role == "merchant":
        context = merchant_context(merchant_asks(request))
        owner, title = Merchant.objects.get(pk=actor.merchant_id).name, _("Analytics")
        tables = _merchant_tables(context)
    else:
        context = influencer_context(influencer_asks(request))
        owner, title = Influencer.objects.get(pk=actor.influencer_id).display_name, _("Performance")
        tables = _influencer_tables(context)
    period = context["period"]
    data = {
        "title": title,
        "owner": owner,
        "platform": dict(settings.PLATFORM_LEGAL_DETAILS),
        "filters": _filters(context["form"]),
        "figures": _figures(context["key_figures"]),
        "charts": [_frozen(chart) for chart in context["charts"].values() if chart is not None],
        "tables": [table for table in tables if table["rows"]],
    }
    language = (get_language() or "fr")[:2]
    asked = ask_report(actor=actor, first=period.first, last=period.last, language=language, data=data)
    return redirect("payments:document", asked.pk)


def _filters(form: forms.Form) -> list[dict[str, str]]:
    """Return the filters that are set, in words."""
    lines = []
    for name, value in form.cleaned_data.items():
        field = form.fields[name]
        if value and name not in OWN_FIELDS and isinstance(field, forms.ChoiceField):
            labels = {str(code): str(label) for code, label in field.choices}  # type: ignore[misc]
            lines.append({"label": str(field.label), "value": labels.get(str(value), "")})
    return lines


def _figures(figures: Sequence[KeyFigure]) -> list[list[dict[str, str]]]:
    """Return the key figures in rows, each beside the period before."""
    texts = [
        {
            "label": figure.label,
            "value": figure.text,
            "before": _("before: %(figure)s") % {"figure": figure.before_text} if figure.direction else "",
        }
        for figure in figures
    ]
    return [texts[start : start + FIGURES_PER_ROW] for start in range(0, len(texts), FIGURES_PER_ROW)]


def _frozen(chart: Chart) -> dict[str, Any]:
    return chart.as_json() | {
        "title": chart.title,
        "description": chart.description,
        "empty_text": chart.empty_text,
        "is_empty": chart.is_empty,
    }


def _merchant_tables(context: dict[str, Any]) -> list[dict[str, Any]]:
    headings = [_("Leads"), _("Validated"), _("Validation rate")]
    return [
        {
            "title": title,
            "headings": [first, *headings],
            "rows": [
                [row.name, format_number(row.leads), format_number(row.validated), _rate(row.validation_rate)]
                for row in rows or ()
            ],
        }
        for title, first, rows in (
            (_("Top influencers"), _("Influencer"), context["influencers"]),
            (_("Top sources"), _("Source"), context["sources"]),
        )
    ] + [_figures_table(_("Campaigns"), _("Campaign"), context["campaigns"], "commission_amount", _("Commission"))]


def _influencer_tables(context: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _figures_table(title, first, rows, "influencer_amount", _("Earned"))
        for title, first, rows in (
            (_("Best campaigns"), _("Campaign"), context["campaigns"]),
            (_("Best sources"), _("Source"), context["sources"]),
        )
    ]


def _figures_table(
    title: str, first: str, rows: Iterable[dict[str, Any]] | None, amount: str, heading: str
) -> dict[str, Any]:
    found: list[tuple[str, LeadFigures]] = [(str(row["name"]), row["figures"]) for row in rows or ()]
    return {
        "title": title,
        "headings": [first, _("Leads"), _("Validated"), _("Validation rate"), heading],
        "rows": [
            [
                name,
                format_number(figures.created_count),
                format_number(figures.validated_count),
                _rate(figures.validation_percentage),
                format_mad(getattr(figures, amount)),
            ]
            for name, figures in found
        ],
    }


def _rate(value: Any) -> str:
    return NOTHING if value is None else percentage(value)
