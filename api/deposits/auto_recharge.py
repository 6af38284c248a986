"""The auto-recharge of a deposit."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import OnlyTheOwner
from api.deposits.serializers import AutoRechargeAnswer, AutoRechargeBody, ConfiguredAutoRecharge
from api.operations import MERCHANT, Operation, shown
from deposits.models import Deposit
from deposits.services import get_deposit
from leadsmarket.lib.errors import InvalidInput
from payments.errors import CardNotFound, DepositCannotBePaid
from payments.selectors.auto_recharge import AutoRechargeState, api_consent_text, auto_recharge_state
from payments.services import AutoRechargeTerms, configure_auto_recharge, disable_auto_recharge

TERMS = ("threshold_percentage", "amount", "monthly_limit")


class SetAutoRecharge(Operation):
    """Set a deposit's auto-recharge.

    By this request the owner agrees that the saved card is charged with `amount`, without being asked again, each time the
    gauge falls to `threshold_percentage`, up to `monthly_limit` in a calendar month. `{"enabled": false}` switches it off. The
    card is kept with a payment by Stripe that asked for it.
    """

    tag = "deposits"
    roles = MERCHANT
    own_transactions = True
    body = AutoRechargeBody
    answer = ConfiguredAutoRecharge
    refusals = (OnlyTheOwner, DepositCannotBePaid, CardNotFound)
    examples: ClassVar = [
        OpenApiExample(
            "auto-recharge",
            value={"enabled": True, "threshold_percentage": 20, "amount": 2000.00, "monthly_limit": 10000.00},
            request_only=True,
            summary="2,000.00 MAD at 20 %, at most 10,000.00 a month",
        )
    ]

    def put(self, request: Request, deposit_id: UUID) -> Response:
        body = self.read()
        with self.acting():
            deposit = get_deposit(deposit_id)
            state = auto_recharge_state(deposit)
        if body["enabled"]:
            configure_auto_recharge(actor=self.actor, deposit_id=deposit_id, terms=_terms(body, state))
        else:
            disable_auto_recharge(actor=self.actor, deposit_id=deposit_id)
        with self.acting():
            return Response({"success": True, "auto_recharge": _answer(deposit, auto_recharge_state(deposit))})


def _terms(body: dict[str, Any], state: AutoRechargeState) -> AutoRechargeTerms:
    missing = {name: _("This field is required.") for name in TERMS if name not in body}
    if missing:
        raise InvalidInput(fields=missing)
    card_id = body["card_id"] or _usual_card(state)
    if card_id is None:
        raise InvalidInput(fields={"card_id": CardNotFound.message})
    return AutoRechargeTerms(card_id=card_id, consent_text=api_consent_text(), **{name: body[name] for name in TERMS})


def _usual_card(state: AutoRechargeState) -> UUID | None:
    cards = [card.pk for card in state.cards]
    if state.auto and state.auto.card_id in cards:
        return state.auto.card_id
    return cards[0] if cards else None


def _answer(deposit: Deposit, state: AutoRechargeState) -> dict[str, Any]:
    auto = state.auto
    return shown(
        AutoRechargeAnswer,
        {
            "deposit_id": deposit.pk,
            "enabled": bool(auto and auto.enabled),
            **{name: getattr(auto, name, None) for name in (*TERMS, "card", "paused_until")},
            "charged_this_month": state.charged_this_month,
            "last_error": auto.last_error if auto else "",
        },
    )
