"""Opening and recharging deposits."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from api.deposits.serializers import (
    CreatedDeposit,
    CreateDepositBody,
    DepositAnswer,
    RechargeBody,
    RechargedDeposit,
)
from api.operations import MERCHANT, STAFF, Operation, shown
from api.payments.answers import started_answer
from deposits.errors import DepositAlreadyOpen, DepositNotFound
from deposits.services import get_deposit, open_deposit
from leads.errors import CampaignNotFound
from leads.services import require_open_campaign
from leadsmarket.lib.errors import InvalidInput, NotAllowed
from payments.errors import DepositCannotBePaid, GatewayUnavailable
from payments.services import start_opening, start_recharge


class CreateDeposit(Operation):
    """Open a deposit.

    A merchant's deposit is `awaiting_payment` until the payment of `payment_url` has arrived. Staff open one with money that
    has arrived already: it is active at once, and `payment_reference` says what proves it.
    """

    tag = "deposits"
    roles = MERCHANT | STAFF
    own_transactions = True
    body = CreateDepositBody
    answer = CreatedDeposit
    success_status = 201
    refusals = (CampaignNotFound, DepositAlreadyOpen, GatewayUnavailable)
    examples: ClassVar = [
        OpenApiExample(
            "deposit",
            value={"initial_amount": 5000.00, "campaign_id": None, "payment_method": "stripe"},
            request_only=True,
            summary="A merchant's deposit for all campaigns",
        )
    ]

    def post(self, request: Request) -> Response:
        body = self.read()
        opened = self._by_staff(body) if self.actor.merchant_id is None else self._by_merchant(body)
        return Response({"success": True, **opened}, status=self.success_status)

    def _by_merchant(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["merchant_id"] not in (None, self.actor.merchant_id):
            raise NotAllowed
        try:
            started = start_opening(
                actor=self.actor,
                amount=body["initial_amount"],
                method=body["payment_method"],
                campaign_id=body["campaign_id"],
            )
        except InvalidInput as refusal:
            if "amount" in refusal.fields:
                refusal.fields["initial_amount"] = refusal.fields.pop("amount")
            raise
        with self.acting():
            deposit = get_deposit(started.payment.deposit_id)
        return {"deposit": shown(DepositAnswer, deposit), **started_answer(started)}

    def _by_staff(self, body: dict[str, Any]) -> dict[str, Any]:
        needed = {name: _("This field is required.") for name in ("merchant_id", "payment_reference") if not body[name]}
        if needed:
            raise InvalidInput(fields=needed)
        with self.acting():
            if body["campaign_id"]:
                require_open_campaign(merchant_id=body["merchant_id"], campaign_id=body["campaign_id"])
            deposit = open_deposit(**body)
            return {"deposit": shown(DepositAnswer, deposit)}


class RechargeDeposit(Operation):
    """Recharge a deposit.

    Starts the payment; the deposit is credited when it has arrived. With CMI the payer's browser posts `form`; with a bank
    transfer `transfer` says to which account.
    """

    tag = "deposits"
    roles = MERCHANT
    own_transactions = True
    body = RechargeBody
    answer = RechargedDeposit
    refusals = (DepositNotFound, DepositCannotBePaid, GatewayUnavailable)
    examples: ClassVar = [
        OpenApiExample(
            "recharge",
            value={
                "deposit_id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
                "amount": 3000.00,
                "payment_method": "stripe",
            },
            request_only=True,
            summary="A recharge of 3,000.00 MAD",
        )
    ]

    def post(self, request: Request) -> Response:
        body = self.read()
        started = start_recharge(actor=self.actor, method=body.pop("payment_method"), **body)
        return Response({"success": True, **started_answer(started)})
