"""Figures of the whole market on the staff site's first page. Each part is for those who may see what it counts."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import Merchant
from analytics.comparison import KeyFigure
from analytics.forms import PeriodForm
from analytics.selectors.platform import cash_figures, deposits_by_level
from analytics.selectors.statistics import Ranked, top_influencers, top_merchants
from analytics.selectors.sums import PLATFORM
from analytics.views.platform import PLATFORM_CHARTS, PlatformAsks
from deposits.levels import AlertLevel
from deposits.models import Deposit
from deposits.selectors import with_names
from leadsmarket.lib.admin import change_page
from leadsmarket.lib.keyset import keyset_page

PAGE_SIZE = 20
IN_USE = "in_use"
NOT_IN_USE = (Deposit.Status.AWAITING_PAYMENT, Deposit.Status.CLOSED)


class OverviewForm(PeriodForm):
    """The period of the figures, and what the table of deposits is narrowed to."""

    level = forms.ChoiceField(label=_("Alert level"), required=False, choices=[("", _("All")), *AlertLevel.choices])
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[(IN_USE, _("In use")), ("", _("All")), *Deposit.Status.choices],
    )
    merchant = forms.CharField(label=_("Merchant"), required=False, max_length=120)

    def __init__(self, request: HttpRequest) -> None:
        data = request.GET.copy()
        data.setdefault("status", IN_USE)
        super().__init__(data)
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.widget = UnfoldAdminSelectWidget(choices=field.choices)
            else:
                kind = "date" if isinstance(field, forms.DateField) else "search"
                field.widget = UnfoldAdminTextInputWidget(attrs={"type": kind})
        self.full_clean()

    @property
    def period_fields(self) -> list[forms.BoundField]:
        """The fields of the figures."""
        return [self[name] for name in PeriodForm.base_fields]

    @property
    def deposit_fields(self) -> list[forms.BoundField]:
        """The fields of the table."""
        return [self[name] for name in self.fields if name not in PeriodForm.base_fields]


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what the first page's templates show: figures, charts, the best, deposits by level and their table."""
    form = OverviewForm(request)
    context: dict[str, Any] = {"overview_form": form}
    if request.user.has_perm("leads.view_lead"):
        asks = PlatformAsks(form)
        context["overview_charts"] = [make(asks) for make in PLATFORM_CHARTS.values()]
        context["overview_figures"] = _lead_figures(asks)
        context["top_influencers"] = _with_pages(top_influencers(PLATFORM, form.chosen_period), "accounts_influencer")
        context["top_merchants"] = _with_pages(top_merchants(form.chosen_period), "accounts_merchant")
        if request.user.has_perm("payments.view_payment"):
            context["overview_figures"] = _money_figures(asks) + context["overview_figures"]
        context["overview_period"] = form.chosen_period
        context["overview_previous"] = form.chosen_period.previous()
    if request.user.has_perm("deposits.view_deposit"):
        context["levels"] = _levels()
        context |= _deposits(request, form)
    return context


def _money_figures(asks: PlatformAsks) -> list[KeyFigure]:
    period = asks.leads.period
    now, before = cash_figures(period), cash_figures(period.previous())
    leads, leads_before = asks.leads.figures, asks.leads.before
    return [
        KeyFigure(
            _now("Money in"), now.deposited_amount, before.deposited_amount, "mad", _now("openings and recharges")
        ),
        KeyFigure(_now("Money out"), now.out_amount, before.out_amount, "mad", _now("payouts, refunds, chargebacks")),
        KeyFigure(
            _now("Commissions"),
            leads.commission_amount,
            leads_before.commission_amount,
            "mad",
            _now("for the leads validated, less returns"),
        ),
        KeyFigure(
            _now("Platform revenue"),
            leads.platform_amount,
            leads_before.platform_amount,
            "mad",
            _now("commissions less the influencers' shares"),
        ),
    ]


def _lead_figures(asks: PlatformAsks) -> list[KeyFigure]:
    now, before = asks.leads.figures, asks.leads.before
    return [
        KeyFigure(_now("Leads"), now.created_count, before.created_count),
        KeyFigure(_now("Validated"), now.validated_count, before.validated_count),
        KeyFigure(
            _now("Validation rate"),
            now.validation_percentage,
            before.validation_percentage,
            "percentage",
            _now("of the leads decided"),
        ),
        KeyFigure(_now("Time to decision"), now.decision_hours, before.decision_hours, "hours", _now("on average")),
    ]


def _with_pages(rows: list[Ranked], model: str) -> list[dict[str, Any]]:
    return [{"row": row, "url": reverse(f"admin:{model}_change", args=[row.id])} for row in rows]


def _levels() -> list[dict[str, Any]]:
    """The deposits in use by level, with the table of each."""
    home = reverse("admin:index")
    return [
        {
            "level": figures.level.value,
            "label": figures.level.label,
            "count": figures.deposit_count,
            "available": figures.available_balance,
            "url": f"{home}?level={figures.level.value}#deposits",
        }
        for figures in deposits_by_level()
    ]


def _deposits(request: HttpRequest, form: OverviewForm) -> dict[str, Any]:
    """A page of the table of deposits, the newest first. Three queries at most."""
    found = Deposit.objects.select_related("merchant")
    level, status, name = (form.cleaned_data.get(field, "") for field in ("level", "status", "merchant"))
    if level:
        found = found.filter(alert_level=level)
    if status == IN_USE:
        found = found.exclude(status__in=NOT_IN_USE)
    elif status:
        found = found.filter(status=status)
    if name:
        found = found.filter(merchant__in=Merchant.objects.filter(name__icontains=name))
    page = keyset_page(found, order="-id", cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    return {
        "deposit_rows": [
            {"deposit": named.deposit, "name": named.name, "url": change_page(named.deposit)}
            for named in with_names(page.rows)
        ],
        "deposits_previous": page.previous_url(request.GET),
        "deposits_next": page.next_url(request.GET),
    }
