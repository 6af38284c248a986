"""A merchant pays: the recharge dialog, the opening page, what the new balance would be, and the way to the payment page.

The provider is asked outside any transaction, so these views open their own short ones.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import merchant_required
from deposits.services import MINIMUM_OPENING_AMOUNT, MINIMUM_RECHARGE_AMOUNT
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import add_refusal
from leadsmarket.lib.htmx import leave_page, render_page_or_part
from leadsmarket.lib.transactions import manages_transactions
from payments.errors import GatewayUnavailable, PaymentEnded, PaymentNotFound
from payments.forms.paying import SUGGESTED_AMOUNTS, OpenForm, PayForm
from payments.gateways import available_gateways, gateway_for
from payments.selectors.paying import DepositToPay, deposit_to_pay, opening_choices, opening_preview
from payments.services import StartedPayment, cancel_payment, continue_payment, start_opening, start_recharge

PROPOSED_AMOUNT = re.compile(r"[0-9]{1,7}\.[0-9]{2}")


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def recharge(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """Ask for amount and method, then send the payer to the payment page."""
    target = _target(request, deposit_id)
    form = _pay_form(_typed(request), target, asked=request.GET)
    if _is_to_be_sent(request, form) and target.is_payable:
        response = _start(
            request,
            form,
            lambda: start_recharge(actor=request.actor, deposit_id=deposit_id, **form.payment()),
        )
        if response is not None:
            return response
    context = {"target": target, "form": form, "preview": target.preview(form.amount_now), "deposit": target.deposit}
    return _rendered(request, "recharge", context, _status(request, form))


@require_safe
@merchant_required
def recharge_preview(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """Show what the balance would be after the amount chosen so far; asked while one types."""
    if not request.htmx:
        return redirect("payments:recharge", deposit_id)
    target = _target(request, deposit_id)
    form = _pay_form(request.GET, target)
    return render(request, "payments/_preview.html", {"target": target, "preview": target.preview(form.amount_now)})


@manages_transactions
@require_http_methods(["GET", "POST"])
@merchant_required
def open_by_paying(request: HttpRequest) -> HttpResponse:
    """Ask for which campaigns, amount and method; the deposit opens when the payment has arrived."""
    with acting_as(request.actor):
        choices = opening_choices(request.actor.merchant_id)
    wanted = request.GET.get("campaign", "")
    initial = {
        "suggested_amount": str(SUGGESTED_AMOUNTS[1]),
        "campaign_id": wanted if any(wanted == value for value, _name in choices) else "",
    }
    form = OpenForm(_typed(request), minimum=MINIMUM_OPENING_AMOUNT, choices=choices, initial=initial)
    if choices and _is_to_be_sent(request, form):
        response = _start(
            request,
            form,
            lambda: start_opening(actor=request.actor, campaign_id=form.cleaned_data["campaign_id"], **form.payment()),
        )
        if response is not None:
            return response
    context = {
        "form": form,
        "preview": opening_preview(form.amount_now),
        "choices": choices,
        "minimum": MINIMUM_OPENING_AMOUNT,
    }
    return _rendered(request, "open", context, _status(request, form))


@require_safe
@merchant_required
def open_preview(request: HttpRequest) -> HttpResponse:
    """Show with what a deposit would open; asked while one types."""
    if not request.htmx:
        return redirect("payments:open")
    form = PayForm(request.GET, minimum=MINIMUM_OPENING_AMOUNT)
    return render(request, "payments/_preview.html", {"preview": opening_preview(form.amount_now)})


@manages_transactions
@require_safe
@never_cache
@merchant_required
def pay(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Lead the payer of an open payment to its page, now or again: by a redirect, or by a form posted to the bank."""
    try:
        started = continue_payment(actor=request.actor, payment_id=payment_id)
    except PaymentNotFound:
        raise Http404 from None
    except Refusal as error:
        messages.error(request, str(error))
        return redirect("payments:return", payment_id)
    if started.form_fields:
        context = {"started": started, "payment": started.payment, "gateway": gateway_for(started.payment.method)}
        return render(request, "payments/to_bank.html", context)
    return redirect(_address(started))


@manages_transactions
@require_POST
@merchant_required
def cancel(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Give up an open payment."""
    try:
        cancel_payment(actor=request.actor, payment_id=payment_id)
    except PaymentNotFound:
        raise Http404 from None
    except PaymentEnded as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Payment cancelled. Nothing was charged."))
    return leave_page(request, reverse("payments:return", args=[payment_id]))


def _target(request: HttpRequest, deposit_id: UUID) -> DepositToPay:
    with acting_as(request.actor):
        target = deposit_to_pay(deposit_id)
    if target is None:
        raise Http404
    return target


def _pay_form(typed: QueryDict | None, target: DepositToPay, asked: Mapping[str, str] | None = None) -> PayForm:
    """Return the form; asked: amount and method that a link proposes (an auto-recharge to finish), for the payer to see."""
    minimum = MINIMUM_OPENING_AMOUNT if target.opens else MINIMUM_RECHARGE_AMOUNT
    initial = {"suggested_amount": str(SUGGESTED_AMOUNTS[1])}
    if target.opens and target.deposit.initial_amount not in SUGGESTED_AMOUNTS:
        initial = {"amount": target.deposit.initial_amount}
    elif target.opens:
        initial = {"suggested_amount": str(target.deposit.initial_amount)}
    if asked and PROPOSED_AMOUNT.fullmatch(asked.get("amount", "")):
        amount = Decimal(asked["amount"])
        initial = {"suggested_amount": str(amount)} if amount in SUGGESTED_AMOUNTS else {"amount": amount}
    if asked and asked.get("payment_method") in {gateway.method for gateway in available_gateways()}:
        initial["payment_method"] = asked["payment_method"]
    return PayForm(typed, minimum=minimum, initial=initial)


def _typed(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _is_to_be_sent(request: HttpRequest, form: PayForm) -> bool:
    """Whether the form is complete and more than the preview was asked (a button for browsers without JavaScript)."""
    return form.is_valid() and request.POST.get("action") != "preview"


def _start(request: HttpRequest, form: PayForm, start: Callable[[], StartedPayment]) -> HttpResponse | None:
    """Start a payment and go where it is made; None where the form says what was wrong."""
    try:
        started = start()
    except GatewayUnavailable as error:
        messages.error(request, str(error))
        # The provider may have made a page after all: the same payment is tried again, with the same key.
        return leave_page(request, reverse("payments:return", args=[error.payment_id]))
    except Refusal as error:
        add_refusal(form, error)
        return None
    if started.form_fields:
        return leave_page(request, reverse("payments:pay", args=[started.payment.pk]))
    return leave_page(request, _address(started))


def _address(started: StartedPayment) -> str:
    """The payment page; one of ours without its host, so that the browser stays on the one where it is logged in."""
    return started.payment_url.removeprefix(settings.SITE_URL) or "/"


def _status(request: HttpRequest, form: PayForm) -> int:
    return 422 if form.is_bound and (form.errors or request.POST.get("action") != "preview") else 200


def _rendered(request: HttpRequest, name: str, context: dict[str, object], status: int) -> HttpResponse:
    with acting_as(request.actor):
        return render_page_or_part(
            request, f"payments/{name}.html", f"payments/_{name}_dialog.html", context, status=status
        )
