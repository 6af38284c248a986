"""Reading deposits: balance, movements, forecast."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.selectors.forecasts import deposit_forecast
from analytics.selectors.statistics import forecast_stats
from api.deposits.serializers import (
    BalanceAnswer,
    BalanceQuery,
    ForecastAnswer,
    TransactionAnswer,
    TransactionPage,
    TransactionQuery,
)
from api.operations import MERCHANT, STAFF, Operation, shown
from api.pagination import page_answer
from deposits.errors import DepositNotFound
from deposits.models import Deposit
from deposits.selectors import forecast_of, general_deposit, movements
from deposits.services import get_deposit
from leadsmarket.lib.actor import Actor
from leadsmarket.lib.errors import InvalidInput, NotAllowed


@dataclass(frozen=True, slots=True)
class _Balance:
    """A deposit with how long it lasts."""

    deposit: Deposit
    leads_left: int | None
    days_left: int | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.deposit, name)


class GetBalance(Operation):
    """Read a deposit's balance.

    Of the general deposit, else of `deposit_id`. Ask again with `If-None-Match` and the `ETag` of the last answer: 304 without
    a body says that nothing changed.
    """

    tag = "deposits"
    roles = MERCHANT | STAFF
    query = BalanceQuery
    answer = {200: BalanceAnswer, 304: OpenApiResponse(description="Nothing changed.")}
    refusals = (DepositNotFound,)

    def get(self, request: Request) -> HttpResponse:
        deposit = self._deposit(self.read_query())
        etag = _etag(deposit)
        response = get_conditional_response(request._request, etag=etag)
        if response is None:
            balance = _Balance(deposit, *forecast_of(deposit, deposit.available_balance))
            response = Response(shown(BalanceAnswer, balance))
        response["ETag"] = etag
        return response

    def _deposit(self, query: dict[str, Any]) -> Deposit:
        merchant_id = _merchant_asked_for(self.actor, query)
        if query["deposit_id"]:
            deposit = get_deposit(query["deposit_id"])
            if merchant_id not in (None, deposit.merchant_id):
                raise DepositNotFound
            return deposit
        if merchant_id is None:
            raise InvalidInput(fields={"deposit_id": _("Say which deposit, or which merchant.")})
        found = general_deposit(merchant_id)
        if found is None:
            raise DepositNotFound
        return found


class ListTransactions(Operation):
    """List a deposit's movements.

    The latest first; without `deposit_id` those of all deposits of the merchant.
    """

    tag = "deposits"
    roles = MERCHANT | STAFF
    query = TransactionQuery
    answer = TransactionPage
    refusals = (DepositNotFound,)

    def get(self, request: Request) -> Response:
        query = self.read_query()
        merchant_id = _merchant_asked_for(self.actor, query)
        if query["deposit_id"]:
            get_deposit(query["deposit_id"])
        rows, order = movements(deposit_id=query["deposit_id"], merchant_id=merchant_id)
        conditions = {"kind": "kind", "created_after": "created_at__gte", "created_before": "created_at__lt"}
        return Response(
            page_answer(
                request,
                rows.filter(**{column: query[name] for name, column in conditions.items() if name in query}),
                order=order,
                query=query,
                results=lambda found: (shown(TransactionAnswer, one) for one in found),
            )
        )


class GetForecast(Operation):
    """Forecast a deposit.

    How long it lasts, from the weekdays of the last eight weeks, and what to recharge by when.
    """

    tag = "statistics"
    roles = MERCHANT | STAFF
    answer = ForecastAnswer

    def get(self, request: Request, deposit_id: UUID) -> Response:
        return Response(shown(ForecastAnswer, forecast_stats(deposit_forecast(get_deposit(deposit_id)))))


def _merchant_asked_for(actor: Actor, query: dict[str, Any]) -> UUID | None:
    """Return the merchant of `?merchant_id=`, by default the actor's. Raises NotAllowed where a merchant names another."""
    if actor.merchant_id is None:
        return query["merchant_id"]
    if query["merchant_id"] not in (None, actor.merchant_id):
        raise NotAllowed
    return actor.merchant_id


def _etag(deposit: Deposit) -> str:
    """Return a value that changes with the answer. Weak: within an hour the clock alone is not looked at, by which payments
    leave the 14 and 30 days behind the two estimates.
    """
    now = timezone.now()
    hour = now - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    parts = (
        *(deposit.pk, deposit.status, deposit.movement_count, deposit.initial_amount),
        *(deposit.smallest_commission_amount, deposit.updated_at, hour),
    )
    return f'W/"{sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]}"'
