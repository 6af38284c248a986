"""Reading leads: the list, one of them, and the file."""

from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit import record_audit
from accounts.models import User
from api.fields import AmountField, PercentageField
from api.leads.answers import lead_row, lead_with
from api.leads.serializers import LeadAnswer, LeadFilterQuery, LeadListQuery, LeadPage, LeadRowAnswer, lead_filters
from api.operations import Operation
from api.pagination import page_answer
from leads.errors import LeadNotFound
from leads.selectors.leads import LeadFilters, lead_with_history
from leads.selectors.own import indexed_order, own_leads
from leadsmarket.lib.actor import Actor
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.exports import MACHINE_FORMAT, Column, Kind, csv_response

KINDS: dict[type[serializers.Field], Kind] = {
    AmountField: "amount",
    PercentageField: "amount",
    serializers.DateTimeField: "moment",
    serializers.UUIDField: "id",
    serializers.IntegerField: "number",
}
COLUMNS = tuple(
    Column(name, field.source, KINDS.get(type(field), "text")) for name, field in LeadRowAnswer().fields.items()
)


class ListLeads(Operation):
    """List own leads.

    Those that a merchant received, or that an influencer brought; the latest first.
    """

    tag = "leads"
    query = LeadListQuery
    answer = LeadPage

    def get(self, request: Request) -> Response:
        query = self.read_query()
        filters = lead_filters(query)
        return Response(
            page_answer(
                request,
                own_leads(self.actor, filters).select_related(None),
                order=_order(self.actor, filters, query["ordering"]),
                query=query,
                results=lambda leads: map(lead_row, leads),
            )
        )


class GetLead(Operation):
    """Read a lead.

    With its decisions and its return.
    """

    tag = "leads"
    answer = LeadAnswer

    def get(self, request: Request, lead_id: UUID) -> Response:
        found = lead_with_history(lead_id)
        if found is None:
            raise LeadNotFound
        lead, decisions = found
        return Response(lead_with(lead, decisions, getattr(lead, "return_request", None)))


class ExportLeads(Operation):
    """Export own leads as CSV.

    The same filters and order as the list, one line per lead, streamed; times are in UTC. Texts that a spreadsheet would
    take for a formula begin with an apostrophe.
    """

    tag = "leads"
    own_transactions = True
    query = LeadFilterQuery
    answer = {(200, "text/csv"): OpenApiTypes.STR}

    def get(self, request: Request) -> StreamingHttpResponse:
        query = self.read_query()
        filters = lead_filters(query)
        order = _order(self.actor, filters, query["ordering"])
        with self.acting():
            record_audit(
                "leads.lead.exported",
                User(pk=self.actor.user_id),
                merchant_id=self.actor.merchant_id,
                # That somebody was looked for is recorded, not who.
                data={name: "yes" if name == "q" else str(value) for name, value in query.items()},
            )
            sign = order.removesuffix(order.lstrip("-"))
            leads = own_leads(self.actor, filters).select_related(None).order_by(order, f"{sign}id")
            return csv_response(leads, COLUMNS, actor=self.actor, name="leads", layout=MACHINE_FORMAT)


def _order(actor: Actor, filters: LeadFilters, wanted: str) -> str:
    order = indexed_order(actor, filters, wanted)
    if order is None:
        raise InvalidInput(fields={"ordering": _("Only a merchant's pending leads can be ordered by value.")})
    return order
