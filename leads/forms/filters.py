"""Filters of lead lists, read from the address. What doesn't fit is marked beside its field and left out."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, LeadSource
from leads.selectors.leads import LeadFilters
from leadsmarket.lib.forms import DayField

PENDING_ORDERS = [
    ("created_at", _("Oldest first")),
    ("-created_at", _("Newest first")),
    ("-estimated_value", _("Highest value first")),
    ("estimated_value", _("Lowest value first")),
]


class LeadFilterForm(forms.Form):
    """Campaign, source and days; bound to the address's parameters. Only valid fields narrow the list."""

    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("All")), *LeadSource.choices])
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def __init__(self, parameters: QueryDict, campaigns: list[tuple[UUID, str]]) -> None:
        super().__init__(parameters)
        self.fields["campaign"].choices = [("", _("All")), *((str(pk), name) for pk, name in campaigns)]
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return self.cleaned_data

    @property
    def filters(self) -> LeadFilters:
        """What the list is narrowed to."""
        data = self.cleaned_data
        return LeadFilters(
            campaign_id=UUID(data["campaign"]) if data.get("campaign") else None,
            source=data.get("source", ""),
            status=data.get("status", ""),
            since=data.get("since"),
            until=data.get("until"),
            text=data.get("text", ""),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set (the order is none)."""
        return self.filters != LeadFilters()

    def query(self, **changes: str) -> str:
        """Return the address's parameters for the valid filters, `changes` put in; empty ones are left out."""
        values = {name: str(value) for name, value in self.cleaned_data.items() if value} | changes
        return urlencode({name: value for name, value in values.items() if value})


class PendingFilterForm(LeadFilterForm):
    """Filters and order of the pending leads; the oldest, which expire first, come first."""

    order = forms.ChoiceField(label=_("Order"), required=False, choices=PENDING_ORDERS)

    @property
    def chosen_order(self) -> str:
        """The field to order by, as keyset pages take it."""
        return self.cleaned_data.get("order") or PENDING_ORDERS[0][0]


class LeadListFilterForm(LeadFilterForm):
    """Filters of the list of all leads."""

    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *Lead.Status.choices])
    text = forms.CharField(
        label=_("Name, company, e-mail or phone"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    field_order = ("text", "status", "campaign", "source", "since", "until")
