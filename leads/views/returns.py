"""The merchant asks to return a lead: a dialog, and a page without JavaScript. Staff decide on the staff site."""

from pathlib import PurePath
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import merchant_required, role_required
from leads.errors import LeadNotFound, LeadNotReturnable, LeadReturnExists, ReturnWindowOver
from leads.forms.returns import ReturnForm
from leads.models import Lead
from leads.proofs import CONTENT_TYPES
from leads.selectors.leads import lead_to_decide, return_of
from leads.services import ask_return
from leads.services.earnings import RETURN_WINDOW
from leads.services.returns import can_be_returned
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, render_page_or_part
from leadsmarket.lib.transactions import manages_transactions

RETURN_EVENTS = ("leads-changed",)


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def ask(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Ask for the reason and a proof, then hand the return to staff."""
    is_sent = request.method == "POST"
    form = ReturnForm(request.POST, request.FILES) if is_sent else ReturnForm()
    if is_sent and form.is_valid():
        try:
            with acting_as(request.actor):
                ask_return(lead_id=lead_id, **form.cleaned_data)
        except LeadNotFound:
            raise Http404 from None
        except (LeadNotReturnable, LeadReturnExists, ReturnWindowOver) as error:
            return _not_now(request, lead_id, error)
        except Refusal as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("Return asked for. Leadsmarket looks at it and decides."))
            return finish_action(request, reverse("leads:detail", args=[lead_id]), events=RETURN_EVENTS)
    with acting_as(request.actor):
        lead = lead_to_decide(lead_id)
        asked = return_of(lead_id)
    if lead is None:
        raise Http404
    if asked or not can_be_returned(lead):
        return _not_now(request, lead_id, _reason_against(lead, has_return=asked is not None))
    context = {"lead": lead, "form": form, "until": lead.decided_at + RETURN_WINDOW}
    return render_page_or_part(
        request, "leads/return.html", "leads/_return_dialog.html", context, status=422 if is_sent else 200
    )


@require_safe
@role_required("merchant", "staff")
def proof(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Send the file that proves a return, to the merchant that gave it and to staff."""
    found = return_of(lead_id)
    if found is None or not found.proof:
        raise Http404
    extension = PurePath(found.proof.name).suffix[1:]
    with found.proof.open("rb") as stored:
        response = HttpResponse(stored.read(), content_type=CONTENT_TYPES[extension])
    response["Content-Disposition"] = f'attachment; filename="proof.{extension}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _reason_against(lead: Lead, *, has_return: bool) -> Refusal:
    if has_return:
        return LeadReturnExists()
    return ReturnWindowOver() if lead.status == Lead.Status.VALIDATED else LeadNotReturnable()


def _not_now(request: HttpRequest, lead_id: UUID, error: Refusal) -> HttpResponse:
    """Say why not, close the dialog and let the page show how the lead stands."""
    messages.warning(request, str(error))
    return finish_action(request, reverse("leads:detail", args=[lead_id]), events=RETURN_EVENTS)
