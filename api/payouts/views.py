"""What an influencer has earned, and asking to be paid."""

from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from api.operations import INFLUENCER, Operation, shown
from api.pagination import page_answer
from api.payouts.serializers import (
    EarningAnswer,
    EarningsAnswer,
    EarningsPage,
    EarningsQuery,
    PayoutAnswer,
    PayoutBody,
    RequestedPayout,
)
from leads.selectors.earnings import earning_entries, earnings_of
from leadsmarket.lib.errors import NotAllowed
from payments.errors import PayoutOpen
from payments.rib import NotARib, normalise_rib
from payments.selectors.payouts import last_account
from payments.services import request_payout


class ReadEarnings(Operation):
    """Read earnings.

    What is earned, payable, on its way and paid, and the list of changes.
    """

    tag = "payouts"
    roles = INFLUENCER
    query = EarningsQuery
    answer = EarningsPage

    def get(self, request: Request) -> Response:
        query = self.read_query()
        influencer_id = self.actor.influencer_id
        assert influencer_id is not None  # noqa: S101 - the role says so
        entries = earning_entries(influencer_id).select_related(None)
        page = page_answer(
            request,
            entries.filter(kind=query["kind"]) if "kind" in query else entries,
            order="-sequence",
            query=query,
            results=lambda rows: (shown(EarningAnswer, row) for row in rows),
        )
        return Response(shown(EarningsAnswer, earnings_of(influencer_id)) | page)


class RequestPayout(Operation):
    """Ask for a payout.

    One at a time, to a Moroccan bank account; our team approves it and the bank pays. An API key can name only the account of
    the last payout: a new one takes somebody who logs in.
    """

    tag = "payouts"
    roles = INFLUENCER
    body = PayoutBody
    answer = RequestedPayout
    success_status = 201
    refusals = (PayoutOpen,)
    examples: ClassVar = [
        OpenApiExample(
            "payout",
            value={"amount": 350.00, "holder_name": "Salma Idrissi", "rib": "011780000012345678901234"},
            request_only=True,
            summary="A payout of 350.00 MAD",
        )
    ]

    def post(self, request: Request) -> Response:
        body = self.read()
        assert self.actor.influencer_id is not None  # noqa: S101 - the role says so
        self._check_account(self.actor.influencer_id, request, body["rib"])
        payout = request_payout(influencer_id=self.actor.influencer_id, **body)
        return Response({"success": True, "payout": shown(PayoutAnswer, payout)}, status=self.success_status)

    def _check_account(self, influencer_id: UUID, request: Request, rib: str) -> None:
        if request.auth.principal_id == self.actor.user_id:
            return
        try:
            digits = normalise_rib(rib)
        except NotARib:
            return
        if digits != last_account(influencer_id).get("rib"):
            raise NotAllowed(
                _("With an API key only the account of your last payout can be named. Log in for another one.")
            )
