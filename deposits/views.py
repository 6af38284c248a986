"""Pages of deposits, for the merchant whose they are."""

from hashlib import sha256
from uuid import UUID

from django.db.models import ExpressionWrapper, F
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.access import merchant_required
from accounts.audit import record_audit
from deposits.exports import MOVEMENTS
from deposits.forms import MovementFilters
from deposits.models import Deposit, MerchantDepositBalance
from deposits.selectors import NamedDeposit, deposit_transactions, gauge_of, merchant_deposits, with_names
from deposits.services import MINIMUM_OPENING_AMOUNT
from leadsmarket.lib.actor import acting_as
from leadsmarket.lib.htmx import render_page_or_part
from leadsmarket.lib.keyset import keyset_page
from leadsmarket.lib.money import MoneyField
from leadsmarket.lib.transactions import manages_transactions
from leadsmarket.lib.workbooks import list_response

PAGE_SIZE = 25


@require_safe
@merchant_required
def deposit_list(request: HttpRequest) -> HttpResponse:
    """Show all deposits of the merchant, closed ones too, with their gauges and the totals."""
    merchant_id = request.actor.merchant_id
    named = with_names(merchant_deposits(merchant_id, with_closed=True))
    context = {
        "named": named,
        "balance": MerchantDepositBalance.objects.filter(merchant_id=merchant_id).first(),
        "minimum_opening_amount": MINIMUM_OPENING_AMOUNT,
    }
    return render(request, "deposits/list.html", context)


@require_safe
@merchant_required
def detail(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """Show one deposit's gauge card and its movements, filtered by kind and days; htmx gets the movements alone."""
    get_object_or_404(Deposit, pk=deposit_id)
    named = with_names(_deposits_around(request, deposit_id))
    own = next(one for one in named if one.deposit.pk == deposit_id)
    filters = MovementFilters(request.GET)
    transactions = filters.apply(deposit_transactions(own.deposit).select_related("user"))
    page = keyset_page(transactions, order="-sequence", cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "deposit": own.deposit,
        "name": own.name,
        "filters": filters,
        "page": page,
        "previous_url": page.previous_url(request.GET),
        "next_url": page.next_url(request.GET),
    }
    if not request.htmx:
        context["gauge"] = gauge_of(own, [one for one in named if one is not own])
    return render_page_or_part(request, "deposits/detail.html", "deposits/_movements.html", context)


@manages_transactions
@require_GET
@merchant_required
def export(request: HttpRequest, deposit_id: UUID, file_format: str) -> StreamingHttpResponse:
    """Send the movements of one deposit with the page's filters, the latest first, as `csv` or `xlsx`."""
    filters = MovementFilters(request.GET)
    with acting_as(request.actor):
        deposit = get_object_or_404(Deposit, pk=deposit_id)
        movements = filters.apply(deposit_transactions(deposit))
        response = list_response(
            movements.annotate(change=ExpressionWrapper(F("balance_after") - F("balance_before"), MoneyField())),
            MOVEMENTS,
            actor=request.actor,
            name="movements",
            title=_("Movements"),
            file_format=file_format,
        )
        given = {name: str(value) for name, value in filters.cleaned_data.items() if value}
        record_audit(
            "deposits.transactions.exported",
            deposit,
            merchant_id=deposit.merchant_id,
            data={"format": file_format} | given,
        )
    return response


@require_safe
@merchant_required
def gauge(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """Show the gauge card that pages ask for every 30 s; 304 without a body while nothing in it has changed."""
    if not request.htmx:
        return redirect("deposits:detail", deposit_id)
    named = with_names(_deposits_around(request, deposit_id))
    etag = _etag(named)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        own = next(one for one in named if one.deposit.pk == deposit_id)
        others = [one for one in named if one is not own]
        response = render(request, "deposits/_gauge_card.html", {"gauge": gauge_of(own, others)})
    response["ETag"] = etag
    # The browser keeps it for this person alone and asks each time whether it still holds.
    response["Cache-Control"] = "private, no-cache"
    return response


def _deposits_around(request: HttpRequest, deposit_id: UUID) -> list[Deposit]:
    """Return the merchant's open deposits; of a closed one, itself too."""
    deposits = list(merchant_deposits(request.actor.merchant_id))
    if all(deposit.pk != deposit_id for deposit in deposits):
        deposits.append(get_object_or_404(Deposit, pk=deposit_id))
    return deposits


def _etag(named: list[NamedDeposit]) -> str:
    """Return a value that changes with everything that the card shows.

    The hour is part of it because leads and days left follow the clock: payments leave their 14 and 30 days.
    """
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    shown = [get_language(), hour]
    for one in named:
        deposit = one.deposit
        shown += [
            *(deposit.pk, one.name, deposit.status, deposit.movement_count),
            *(deposit.initial_amount, deposit.smallest_commission_amount, deposit.updated_at),
        ]
    return quote_etag(sha256("|".join(map(str, shown)).encode()).hexdigest()[:32])
