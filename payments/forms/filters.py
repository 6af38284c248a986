"""Filters of the list of payments."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from deposits.models import PaymentMethod
from leadsmarket.lib.days import start_of_day
from leadsmarket.lib.forms import DayField
from payments.models import Payment

OPEN = "open"


class PaymentFilters(forms.Form):
    """Status, method and days (of Casablanca). What can't be read filters nothing and says so."""

    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("All")),
            (OPEN, _("Open")),
            (Payment.Status.SETTLED, Payment.Status.SETTLED.label),
            (Payment.Status.FAILED, Payment.Status.FAILED.label),
            (Payment.Status.CANCELLED, Payment.Status.CANCELLED.label),
            (Payment.Status.EXPIRED, Payment.Status.EXPIRED.label),
        ],
    )
    method = forms.ChoiceField(label=_("Method"), required=False, choices=[("", _("All")), *PaymentMethod.choices])
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return values

    def apply(self, payments: QuerySet[Payment]) -> QuerySet[Payment]:
        """Return the payments that match; both days are included."""
        self.is_valid()
        status, method, since, until = (self.cleaned_data.get(name) for name in ("status", "method", "since", "until"))
        if status:
            payments = payments.filter(status__in=Payment.OPEN_STATUSES if status == OPEN else [status])
        if method:
            payments = payments.filter(method=method)
        if since:
            payments = payments.filter(created_at__gte=start_of_day(since))
        if until:
            payments = payments.filter(created_at__lt=start_of_day(until, days_later=1))
        return payments
