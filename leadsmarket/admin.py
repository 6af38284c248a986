"""The first page of the staff site. The pages of the scheduled jobs are in leadsmarket.job_admin."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from deposits.levels import AlertLevel
from deposits.models import Deposit
from leads.admin.earnings import earnings_waiting
from leads.admin.privacy import requests_overdue, requests_to_answer
from leads.models import InfluencerAgreement, Lead, LeadReturn
from leadsmarket.job_admin import runs_page
from leadsmarket.job_health import Problem, job_health
from payments.models import Payout, ReviewItem
from payments.selectors.transfers import transfers_to_confirm

MOST_COUNTED = 1000


def things_to_do(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the first page tells staff: figures with the list behind each, for those who may open that list.

    Counts stop at MOST_COUNTED, so that the page costs the same at a million leads.
    """
    figures = [
        _figure(
            request,
            _("Agreements to answer"),
            InfluencerAgreement.objects.filter(status=InfluencerAgreement.Status.PENDING),
            "?status__exact=pending",
        ),
        _figure(
            request,
            _("Pending leads"),
            Lead.objects.filter(status=Lead.Status.PENDING),
            "?status__exact=pending",
        ),
        _figure(request, _("Earnings to approve"), earnings_waiting(), "?approval=waiting"),
        _figure(
            request,
            _("Returns to decide"),
            LeadReturn.objects.filter(status=LeadReturn.Status.ASKED),
            "?status__exact=asked",
        ),
        _figure(
            request,
            _("Payouts to approve"),
            Payout.objects.filter(status=Payout.Status.REQUESTED),
            "?status__exact=requested",
        ),
        _figure(request, _("Transfers to confirm"), transfers_to_confirm(), "?transfers=waiting"),
        _figure(request, _("Requests about personal data"), requests_to_answer(), "?status__exact=open"),
        _figure(request, _("Requests about personal data, overdue"), requests_overdue(), "?due=over", is_alarm=True),
        _figure(request, _("Items to review"), ReviewItem.objects.filter(resolved_at=None), "?state=open"),
    ]
    context["figures"] = [figure for figure in figures if figure]
    if request.user.has_perm("deposits.view_deposit"):
        context["levels"] = _deposits_by_level()
    if request.user.has_perm("leadsmarket.view_jobrun"):
        context["shows_jobs"] = True
        context["job_problems"] = [
            {
                "job": health.name,
                "problem": health.problem.label,
                "is_late": health.problem == Problem.LATE,
                "last_success_at": health.last_success_at,
                "url": runs_page(health.name),
            }
            for health in job_health()
            if health.problem
        ]
    return context


def _figure(
    request: HttpRequest, label: Any, rows: Any, query: str, *, is_alarm: bool = False
) -> dict[str, Any] | None:
    """Return one figure; an alarm is shown only where there is something."""
    options = rows.model._meta
    if not request.user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return None
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    if is_alarm and not count:
        return None
    return {
        "label": label,
        "count": f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count),
        "url": reverse(f"admin:{options.app_label}_{options.model_name}_changelist") + query,
    }


def _deposits_by_level() -> list[dict[str, Any]]:
    """Return how many open deposits have each level; those that are suspended or unpaid are counted by that."""
    counts = dict(
        Deposit.objects.filter(status__in=[Deposit.Status.ACTIVE, Deposit.Status.DEPLETED])
        .values_list("alert_level")
        .annotate(Count("pk"))
    )
    url = reverse("admin:deposits_deposit_changelist")
    return [
        {"level": level.value, "label": level.label, "count": counts.get(level.value, 0), "url": f"{url}?level={level}"}
        for level in AlertLevel
    ]
