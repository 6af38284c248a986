"""The table of pending leads as pages show it, from the parameters of their address: the dashboard and its own page."""

from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict

from leads.forms.filters import PendingFilterForm
from leads.models import Lead
from leads.selectors.leads import campaign_choices
from leads.selectors.pending import COUNTED_LEADS, PendingSummary, pending_leads, pending_summary
from leadsmarket.lib.keyset import KeysetPage, keyset_page
from leadsmarket.lib.money import format_number

PAGE_SIZE = 20
COLUMNS = {"created_at": "-created_at", "estimated_value": "-estimated_value"}


@dataclass(frozen=True, slots=True)
class SortLink:
    """A heading's link. direction: `ascending`, `descending` or empty where another column gives the order."""

    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class PendingTable:
    """One page of the table; the addresses begin with `?` and keep the filters."""

    form: PendingFilterForm
    page: KeysetPage[Lead]
    summary: PendingSummary
    has_campaigns: bool
    query: str
    previous_url: str
    next_url: str
    sort: dict[str, SortLink]

    @property
    def counted_leads(self) -> str:
        """How far the foot counts, in the active language."""
        return format_number(COUNTED_LEADS)


def pending_table(merchant_id: UUID, parameters: QueryDict, *, size: int = PAGE_SIZE) -> PendingTable:
    """Return the table for `parameters` (campaign, source, since, until, order, cursor). At most five queries.

    What can't be read in them is left out: people edit addresses.
    """
    campaigns = campaign_choices(merchant_id)
    form = PendingFilterForm(parameters, campaigns)
    cursor = parameters.get("cursor", "")
    # The same order in whole numbers, which an index under row security can be searched by; see Lead.
    order = form.chosen_order.replace("estimated_value", "estimated_value_centimes")
    page = keyset_page(pending_leads(merchant_id, form.filters), order=order, cursor=cursor, size=size)
    return PendingTable(
        form=form,
        page=page,
        summary=pending_summary(merchant_id, form.filters),
        has_campaigns=bool(campaigns),
        query=form.query(cursor=cursor),
        previous_url=_url(form, page.previous_cursor),
        next_url=_url(form, page.next_cursor),
        sort={column: _sort_link(form, column, descending) for column, descending in COLUMNS.items()},
    )


def _url(form: PendingFilterForm, cursor: str) -> str:
    return f"?{form.query(cursor=cursor)}" if cursor else ""


def _sort_link(form: PendingFilterForm, column: str, descending: str) -> SortLink:
    order = form.chosen_order
    following = column if order == descending else descending
    direction = {column: "ascending", descending: "descending"}.get(order, "")
    return SortLink(f"?{form.query(order=following)}", direction)
