"""Paying into a deposit, how a payment stands, and its receipt."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from api.operations import MERCHANT, STAFF, Operation
from api.payments.answers import payment_answer, started_answer
from api.payments.serializers import (
    CreatedCardPayment,
    CreatedPayment,
    CreatedTransfer,
    PayBody,
    PayByStripeBody,
    PaymentAnswer,
)
from deposits.errors import DepositNotFound
from deposits.models import PaymentMethod
from payments.errors import DepositCannotBePaid, GatewayUnavailable, PaymentNotFound, ReceiptNotReady
from payments.selectors.payments import payment_state
from payments.selectors.receipts import receipt_of
from payments.services import start_recharge
from payments.views.receipts import pdf_response

EXAMPLE = {"deposit_id": "01a1f765-867e-7383-9f32-15cb5a8157c1", "amount": 3000.00}
START_REFUSALS = (DepositNotFound, DepositCannotBePaid, GatewayUnavailable)


class PaymentOperation(Operation):
    """Starts a payment by `method`; the provider is asked outside any transaction."""

    tag = "payments"
    roles = MERCHANT
    own_transactions = True
    body = PayBody
    answer = CreatedPayment
    refusals = START_REFUSALS
    examples: ClassVar[list[Any]] = [
        OpenApiExample("payment", value=EXAMPLE, request_only=True, summary="A recharge of 3,000.00 MAD")
    ]
    method: ClassVar[PaymentMethod]

    def post(self, request: Request) -> Response:
        started = start_recharge(actor=self.actor, method=self.method, **self.read())
        return Response({"success": True, **started_answer(started)})


class CreateStripePayment(PaymentOperation):
    """Pay by Stripe.

    The payer goes to `payment_url`, a page of Stripe. The deposit is credited when Stripe has told us that the money is there.
    """

    method = PaymentMethod.STRIPE
    body = PayByStripeBody


class CreateCmiPayment(PaymentOperation):
    """Pay by a card, at a Moroccan acquirer.

    The payer's browser posts `form.fields` to `form.action`, each form once: another visit needs another payment.
    """

    method = PaymentMethod.CMI
    answer = CreatedCardPayment


class CreateBankTransfer(PaymentOperation):
    """Pay by bank transfer.

    `transfer` says to which account and with which reference. Credited when our team has seen the money.
    """

    method = PaymentMethod.BANK_TRANSFER
    answer = CreatedTransfer


class CreateCryptoPayment(PaymentOperation):
    """Pay in crypto.

    By an invoice of BTCPay Server, where the platform offers it.
    """

    method = PaymentMethod.CRYPTO


class GetPayment(Operation):
    """Read a payment.

    How it stands, and the number of its receipt once it is settled.
    """

    tag = "payments"
    roles = MERCHANT | STAFF
    answer = PaymentAnswer

    def get(self, request: Request, payment_id: UUID) -> Response:
        state = payment_state(payment_id)
        if state is None:
            raise PaymentNotFound
        return Response(payment_answer(state.payment, state.receipt))


class GetReceipt(Operation):
    """Download a receipt.

    The PDF of a settled payment, the same bytes for ever. `conflict` in the first seconds, while it is being made.
    """

    tag = "payments"
    roles = MERCHANT
    answer = {(200, "application/pdf"): OpenApiTypes.BINARY}
    refusals = (ReceiptNotReady,)

    def get(self, request: Request, payment_id: UUID) -> HttpResponse:
        receipt = receipt_of(payment_id)
        if receipt is None:
            raise PaymentNotFound
        if not receipt.file:
            raise ReceiptNotReady
        return pdf_response(receipt)
