"""The first page of the staff site. The pages of the scheduled jobs are in leadsmarket.job_admin."""

from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alerts.models import Delivery
from api.models import WebhookMessage
from leads.admin.earnings import earnings_waiting
from leads.admin.privacy import requests_overdue, requests_to_answer
from leads.models import InfluencerAgreement, Lead, LeadReturn
from leadsmarket.job_admin import runs_page
from leadsmarket.job_health import Problem, job_health
from leadsmarket.overview import overview
from payments.models import Payout, ReviewItem, WebhookEvent
from payments.selectors.transfers import transfers_to_confirm

MOST_COUNTED = 1000
LATELY = timedelta(days=7)
MOST_LOOKED_AT = 10_000
"""What failed is looked for among the newest rows alone: no index has it, and what is older was seen."""


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
        _figure(
            request,
            _("Payouts to pay"),
            Payout.objects.filter(status=Payout.Status.APPROVED),
            "?status__exact=approved",
        ),
        *(
            _figure(request, label, _lately(model, status), f"?status__exact={status}", is_alarm=True)
            for label, model, status in (
                (_("Messages given up, last 7 days"), Delivery, Delivery.Status.GIVEN_UP),
                (_("Messages that came back, last 7 days"), Delivery, Delivery.Status.BOUNCED),
                (_("Events of providers that failed, last 7 days"), WebhookEvent, WebhookEvent.Status.FAILED),
                (_("Events of providers given up, last 7 days"), WebhookEvent, WebhookEvent.Status.GIVEN_UP),
                (_("Webhooks of partners given up, last 7 days"), WebhookMessage, WebhookMessage.Status.GIVEN_UP),
            )
        ),
    ]
    context["figures"] = [figure for figure in figures if figure]
    context |= overview(request)
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


def _lately(model: type[Model], status: str) -> QuerySet[Any]:
    """The rows of the last days with a status."""
    rows = model._default_manager.filter(created_at__gte=timezone.now() - LATELY)
    newest = rows.order_by("-created_at")[:MOST_LOOKED_AT].values("pk")
    return model._default_manager.filter(pk__in=newest, status=status)
