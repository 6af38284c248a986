"""Forms of deposits: filters of a deposit's movements."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from deposits.models import DepositTransaction
from leadsmarket.lib.days import start_of_day
from leadsmarket.lib.forms import DayField


class MovementFilters(forms.Form):
    """Kind and days (of Casablanca) of a deposit's movements. What can't be read filters nothing and says so."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All kinds")), *DepositTransaction.Kind.choices]
    )
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def clean(self) -> dict:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return values

    def apply(self, transactions: QuerySet[DepositTransaction]) -> QuerySet[DepositTransaction]:
        """Return the movements of the chosen kind between the chosen days, both included."""
        self.is_valid()
        kind, since, until = (self.cleaned_data.get(name) for name in ("kind", "since", "until"))
        if kind:
            transactions = transactions.filter(kind=kind)
        if since:
            transactions = transactions.filter(created_at__gte=start_of_day(since))
        if until:
            transactions = transactions.filter(created_at__lt=start_of_day(until, days_later=1))
        return transactions
