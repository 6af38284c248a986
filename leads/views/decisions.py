"""The merchant validates or rejects a lead, and says later what became of it: dialogs, and pages without JavaScript.

Each view opens its own short transactions, so that no deposit stays locked while a page is rendered.
"""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import merchant_required
from leads.errors import LeadAlreadyDecided, LeadNotFound, LeadNotValidated
from leads.forms.decisions import OutcomeForm, RejectForm, ValidateForm
from leads.models import Lead, RejectionReason
from leads.selectors.leads import lead_to_decide
from leads.services import mark_converted, mark_lost, reject_lead, validate_lead
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, render_page_or_part
from leadsmarket.lib.money import format_mad
from leadsmarket.lib.transactions import manages_transactions

DECISION_EVENTS = ("leads-changed", "deposit-changed")
OUTCOME_EVENTS = ("leads-changed",)

TOO_LATE: dict[str, str | Promise] = {
    Lead.Status.PENDING: gettext_lazy("This lead waits for a decision first."),
    Lead.Status.VALIDATED: gettext_lazy("This lead was validated meanwhile. Nothing was changed."),
    Lead.Status.REJECTED: gettext_lazy("This lead was rejected meanwhile. Nothing was changed."),
    Lead.Status.CONVERTED: gettext_lazy("This lead is marked as converted already. Nothing was changed."),
    Lead.Status.LOST: gettext_lazy("This lead is marked as lost already. Nothing was changed."),
}
EXPIRED = gettext_lazy("This lead expired meanwhile and its reservation was released. Nothing was changed.")


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def validate(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Ask for the score, then deduct the commission."""
    form = ValidateForm(_typed(request))
    if form.is_valid():
        try:
            with acting_as(request.actor):
                validate_lead(lead_id=lead_id, **form.cleaned_data)
        except (LeadAlreadyDecided, LeadNotFound):
            return _too_late(request, lead_id)
        except Refusal as error:
            add_refusal(form, error)
        else:
            lead = _lead(request, lead_id)
            messages.success(
                request,
                _("Lead validated: %(commission)s deducted, %(balance)s left.")
                % {
                    "commission": format_mad(lead.commission_amount),
                    "balance": format_mad(lead.deposit.current_balance),
                },
            )
            return finish_action(request, reverse("leads:pending"), events=DECISION_EVENTS)
    return _ask(request, lead_id, form, "validate", Lead.Status.PENDING)


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def reject(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Ask for the reason, then release the reservation."""
    form = RejectForm(_typed(request))
    if form.is_valid():
        try:
            with acting_as(request.actor):
                lead = reject_lead(lead_id=lead_id, **form.cleaned_data)
        except (LeadAlreadyDecided, LeadNotFound):
            return _too_late(request, lead_id)
        except Refusal as error:
            add_refusal(form, error)
        else:
            text = _("Lead rejected: %(commission)s released.") % {"commission": format_mad(lead.commission_amount)}
            messages.success(request, text)
            return finish_action(request, reverse("leads:pending"), events=DECISION_EVENTS)
    return _ask(request, lead_id, form, "reject", Lead.Status.PENDING)


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def outcome(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Ask what became of a validated lead: a sale, with its value where known, or nothing."""
    form = OutcomeForm(_typed(request))
    if form.is_valid():
        is_sale = form.cleaned_data["outcome"] == Lead.Status.CONVERTED
        try:
            with acting_as(request.actor):
                if is_sale:
                    mark_converted(lead_id=lead_id, actual_value=form.cleaned_data["actual_value"])
                else:
                    mark_lost(lead_id=lead_id)
        except (LeadAlreadyDecided, LeadNotFound, LeadNotValidated):
            return _too_late(request, lead_id)
        except Refusal as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Lead marked as converted.") if is_sale else _("Lead marked as lost."))
            return finish_action(request, reverse("leads:detail", args=[lead_id]), events=OUTCOME_EVENTS)
    return _ask(request, lead_id, form, "outcome", Lead.Status.VALIDATED)


def _typed(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _ask(request: HttpRequest, lead_id: UUID, form: Form, step: str, possible_from: str) -> HttpResponse:
    """Show the form, or say that somebody was first."""
    lead = _lead(request, lead_id)
    if lead.status != possible_from:
        return _too_late(request, lead_id)
    context = {"lead": lead, "form": form, "balance_after": lead.deposit.current_balance - lead.commission_amount}
    status = 422 if form.is_bound else 200
    return render_page_or_part(request, f"leads/{step}.html", f"leads/_{step}_dialog.html", context, status=status)


def _too_late(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Say how the lead stands, close the dialog and let the page show it."""
    lead = _lead(request, lead_id)
    has_expired = lead.rejection_reason == RejectionReason.EXPIRED
    messages.warning(request, EXPIRED if has_expired else TOO_LATE[lead.status])
    return finish_action(request, reverse("leads:detail", args=[lead_id]), events=DECISION_EVENTS)


def _lead(request: HttpRequest, lead_id: UUID) -> Lead:
    with acting_as(request.actor):
        lead = lead_to_decide(lead_id)
    if lead is None:
        raise Http404
    return lead
