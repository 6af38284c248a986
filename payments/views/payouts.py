"""The influencer's payouts: what can be asked for, the request, the list with its states, the statements."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import fresh_log_in_required, influencer_required
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import finish_action, render_page_or_part
from leadsmarket.lib.keyset import keyset_page
from leadsmarket.lib.money import format_mad
from leadsmarket.lib.transactions import manages_transactions
from payments.errors import PayoutOpen
from payments.forms.payouts import PayoutForm
from payments.selectors.payouts import last_account, payout_state, payouts_of, statement_of
from payments.selectors.receipts import stored_pdf
from payments.services import request_payout

PAGE_SIZE = 25
EVENTS = ("payouts-changed",)


@require_safe
@influencer_required
def payouts(request: HttpRequest) -> HttpResponse:
    """Show what is payable and an influencer's payouts, the latest first."""
    influencer_id = request.actor.influencer_id
    page = keyset_page(
        payouts_of(influencer_id), order="-created_at", cursor=request.GET.get("cursor", ""), size=PAGE_SIZE
    )
    context = {
        "state": payout_state(influencer_id),
        "page": page,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    return render_page_or_part(request, "payments/payouts.html", "payments/_payouts.html", context)


@manages_transactions
@require_http_methods(["GET", "POST"])
@influencer_required
@fresh_log_in_required
def payout_request(request: HttpRequest) -> HttpResponse:
    """Ask for amount and account, then hold the money for the payout."""
    influencer_id = request.actor.influencer_id
    with acting_as(request.actor):
        state = payout_state(influencer_id)
        account = last_account(influencer_id)
    is_sent = request.method == "POST"
    form = PayoutForm(request.POST) if is_sent else PayoutForm(initial={"amount": state.payable_amount} | account)
    if is_sent and form.is_valid():
        try:
            with acting_as(request.actor):
                payout = request_payout(influencer_id=influencer_id, **form.cleaned_data)
        except PayoutOpen as error:
            messages.warning(request, str(error))
            return finish_action(request, reverse("payments:payouts"), events=EVENTS)
        except Refusal as error:
            add_refusal(form, error)
        else:
            text = _("Payout of %(amount)s asked for. You get an e-mail when it is paid.")
            messages.success(request, text % {"amount": format_mad(payout.amount)})
            return finish_action(request, reverse("payments:payouts"), events=EVENTS)
    context = {"state": state, "form": form}
    return render_page_or_part(
        request,
        "payments/payout_request.html",
        "payments/_payout_request_dialog.html",
        context,
        status=422 if is_sent else 200,
    )


@require_safe
@influencer_required
def payout_statement(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Send the statement of a paid payout, the same bytes for ever; 404 where there is none or it is another's.

    A worker makes the file within a minute of the payment; until then the list is shown again.
    """
    statement = statement_of(payout_id)
    if statement is None:
        raise Http404
    if not statement.file:
        messages.info(request, _("The statement is being prepared. Please try again in a minute."))
        return redirect("payments:payouts")
    response = HttpResponse(stored_pdf(statement), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{statement.number}.pdf"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{statement.file_sha256}"'
    return response
