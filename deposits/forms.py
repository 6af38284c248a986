"""Forms of deposits: filters of a deposit's movements."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deposits.models import DepositTransaction


class DayField(forms.DateField):
    """An optional day, with the browser's own calendar; none so far away that the day after it doesn't exist."""

    def __init__(self, **kwargs: Any) -> None:
        validators = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]
        widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
        super().__init__(required=False, widget=widget, validators=validators, **kwargs)


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


def start_of_day(day: date, *, days_later: int = 0) -> datetime:
    """Return the first moment of a day in Casablanca, or of one some days later (a day can have 23 or 25 hours)."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=days_later), time.min))
