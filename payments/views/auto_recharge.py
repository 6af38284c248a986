"""The page of a deposit's auto-recharge, and removing a card. The owner decides; members see how it stands."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import merchant_required
from accounts.errors import OnlyTheOwner
from deposits.errors import DepositNotFound
from deposits.models import PaymentMethod
from deposits.selectors import with_names
from deposits.services import get_deposit
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.transactions import manages_transactions
from payments.errors import CardNotFound
from payments.forms.auto_recharge import AutoRechargeForm
from payments.gateways import gateway_for
from payments.selectors.auto_recharge import auto_recharge_state, consent_text, failure_text, finish_path
from payments.services import configure_auto_recharge, disable_auto_recharge, remove_card
from payments.services.cards import check_owner


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def auto_recharge(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """Show how the auto-recharge stands and let the owner set it, or switch it off (`action=disable`)."""
    if request.method == "POST" and request.POST.get("action") == "disable":
        return _disable(request, deposit_id)
    context = _context(request, deposit_id)
    form: AutoRechargeForm = context["form"]
    if request.method == "POST" and context["can_change"] and form.is_valid():
        try:
            configure_auto_recharge(actor=request.actor, deposit_id=deposit_id, terms=form.terms())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Auto-recharge is on."))
            return redirect("payments:auto_recharge", deposit_id)
    if request.method == "POST" and not context["can_change"]:
        messages.error(request, str(OnlyTheOwner.message if context["is_configured"] else context["not_configured"]))
    with acting_as(request.actor):
        status = 422 if request.method == "POST" else 200
        return render(request, "payments/auto_recharge.html", context, status=status)


@manages_transactions
@require_POST
@merchant_required
def remove_saved_card(request: HttpRequest, deposit_id: UUID, card_id: UUID) -> HttpResponse:
    """Take a card off the file and go back to the page of the auto-recharge."""
    try:
        remove_card(actor=request.actor, card_id=card_id)
    except CardNotFound as error:
        raise Http404 from error
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The card was removed; it will not be charged again."))
    return redirect("payments:auto_recharge", deposit_id)


def _disable(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    try:
        disable_auto_recharge(actor=request.actor, deposit_id=deposit_id)
    except DepositNotFound as error:
        raise Http404 from error
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Auto-recharge is off."))
    return redirect("payments:auto_recharge", deposit_id)


def _context(request: HttpRequest, deposit_id: UUID) -> dict[str, object]:
    is_configured = gateway_for(PaymentMethod.STRIPE).is_configured()
    with acting_as(request.actor):
        try:
            deposit = get_deposit(deposit_id)
        except DepositNotFound as error:
            raise Http404 from error
        [named] = with_names([deposit])
        state = auto_recharge_state(deposit)
        try:
            check_owner(request.actor)
            is_owner = True
        except OnlyTheOwner:
            is_owner = False
    auto = state.auto
    form = AutoRechargeForm(
        request.POST if request.method == "POST" else None,
        cards=state.cards,
        auto=auto,
        consent_text=consent_text(),
    )
    return {
        "deposit": deposit,
        "name": named.name,
        "state": state,
        "auto": auto,
        "form": form,
        "is_configured": is_configured,
        "is_owner": is_owner,
        "can_change": is_owner and is_configured and bool(state.cards) and deposit.status != "closed",
        "failure": failure_text(auto.last_error) if auto and auto.last_error else "",
        "finish_path": finish_path(deposit_id, auto.amount) if auto else "",
        "not_configured": _("Auto-recharge needs card payments by Stripe, which are not available here."),
        "card_url": finish_path(deposit_id, form.initial["amount"]),
    }
