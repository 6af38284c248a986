"""Which figures a page shows, read from the address. What doesn't fit is marked beside its field and left out."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.periods import Period, Preset
from analytics.selectors.sums import LeadScope
from leads.models import LeadSource
from leadsmarket.lib.forms import DayField

OWN_DAYS = "own"
DEFAULT_PERIOD = Preset.DAYS_30
LONGEST_DAYS = 731
"""Own days span two years at most: a chart of more tells nothing, and a page must not cost more for a longer address."""

Choices = Iterable[tuple[UUID, str]]


class PeriodForm(forms.Form):
    """A period by name, or days of one's own."""

    period = forms.ChoiceField(
        label=_("Period"), required=False, choices=[*Preset.choices, (OWN_DAYS, _("From one day to another"))]
    )
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def __init__(self, parameters: QueryDict) -> None:
        data = parameters.copy()
        data.setdefault("period", DEFAULT_PERIOD)
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        since, until, today = self.cleaned_data.get("since"), self.cleaned_data.get("until"), timezone.localdate()
        if self.cleaned_data.get("period") != OWN_DAYS:
            return self.cleaned_data
        if since and since > today:
            self.add_error("since", _("This day is yet to come."))
        elif since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        elif since and (min(until or today, today) - since).days >= LONGEST_DAYS:
            self.add_error("since", _("A period has two years at most."))
        return self.cleaned_data

    @property
    def chosen_period(self) -> Period:
        """The period; days to come are left out, a missing first day is a month before the last."""
        chosen = self.cleaned_data.get("period") or DEFAULT_PERIOD
        if chosen != OWN_DAYS:
            return Period.preset(chosen)
        last: date = min(self.cleaned_data.get("until") or timezone.localdate(), timezone.localdate())
        first: date | None = self.cleaned_data.get("since")
        return Period(min(first, last), last) if first else Period.last_days(30, today=last)

    @property
    def query(self) -> str:
        """The address's parameters for what is valid; empty ones are left out."""
        return urlencode({name: str(value) for name, value in self.cleaned_data.items() if value})

    def chosen_id(self, name: str) -> UUID | None:
        """The id that a field of choices has."""
        value = self.cleaned_data.get(name)
        return UUID(value) if value else None

    def offer(self, name: str, choices: Choices) -> None:
        """Let a field choose among these, or all; without any the field has no use and is left out."""
        offered = [(str(pk), label) for pk, label in choices]
        if not offered and not self.data.get(name):
            del self.fields[name]
            return
        self.fields[name].choices = [("", _("All")), *offered]  # type: ignore[attr-defined]


class MerchantFiguresForm(PeriodForm):
    """Period, campaign, source, influencer; and which deposit, where there are several."""

    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("All")), *LeadSource.choices])
    influencer = forms.ChoiceField(label=_("Influencer"), required=False)
    deposit = forms.ChoiceField(label=_("Deposit"), required=False)

    def __init__(self, parameters: QueryDict, *, campaigns: Choices, influencers: Choices, deposits: Choices) -> None:
        super().__init__(parameters)
        self.offer("campaign", campaigns)
        self.offer("influencer", influencers)
        offered = [(str(pk), name) for pk, name in deposits]
        if len(offered) < 2 and not self.data.get("deposit"):
            del self.fields["deposit"]
        else:
            self.fields["deposit"].choices = offered  # type: ignore[attr-defined]
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("source") and self.cleaned_data.get("influencer"):
            self.add_error("influencer", _("Choose a source or an influencer, not both."))
        return self.cleaned_data

    def scope(self, merchant_id: UUID) -> LeadScope:
        """Whose leads are counted."""
        return LeadScope(
            merchant_id=merchant_id,
            campaign_id=self.chosen_id("campaign"),
            influencer_id=self.chosen_id("influencer"),
            source=self.cleaned_data.get("source") or None,
        )


class InfluencerFiguresForm(PeriodForm):
    """Period, campaign or source."""

    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("All")), *LeadSource.choices])

    def __init__(self, parameters: QueryDict, *, campaigns: Choices) -> None:
        super().__init__(parameters)
        self.offer("campaign", campaigns)
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("campaign") and self.cleaned_data.get("source"):
            self.add_error("source", _("Choose a campaign or a source, not both."))
        return self.cleaned_data

    def scope(self, influencer_id: UUID) -> LeadScope:
        """Whose leads are counted."""
        return LeadScope(
            influencer_id=influencer_id,
            campaign_id=self.chosen_id("campaign"),
            source=self.cleaned_data.get("source") or None,
        )
