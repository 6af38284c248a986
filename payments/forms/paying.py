"""The forms of a recharge and of an opening: an amount, suggested or typed, and how to pay it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.forms import AmountField
from leadsmarket.lib.money import ZERO, format_mad
from leadsmarket.templatetags.money import mad
from payments.gateways import available_gateways
from payments.gateways.base import Gateway

SUGGESTED_AMOUNTS = (Decimal("2000.00"), Decimal("5000.00"), Decimal("10000.00"))


class PayForm(forms.Form):
    """An amount and a method. What is typed as own amount counts before a suggestion that is chosen too."""

    suggested_amount = forms.ChoiceField(label=_("Amount"), required=False, widget=forms.RadioSelect)
    payment_method = forms.ChoiceField(
        label=_("How do you want to pay?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how to pay."),
            "invalid_choice": _("This payment method is not available."),
        },
    )
    save_card = forms.BooleanField(
        label=_("Keep the card for later recharges"),
        required=False,
    )

    def __init__(self, *args: Any, minimum: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gateways = available_gateways()
        maximum = settings.PAYMENT_MAXIMUM_AMOUNT
        self.fields["amount"] = AmountField(
            label=_("Or another amount"),
            required=False,
            min_value=minimum,
            max_value=maximum,
            help_text=format_html(
                _("In dirhams, from {minimum} to {maximum}."), minimum=mad(minimum), maximum=mad(maximum)
            ),
        )
        self.fields["suggested_amount"].choices = [
            (str(amount), format_mad(amount)) for amount in SUGGESTED_AMOUNTS if minimum <= amount <= maximum
        ]
        self.fields["payment_method"].choices = [(gateway.method, gateway.label) for gateway in self.gateways]
        if self.gateways:
            self.fields["payment_method"].initial = self.gateways[0].method
        if keepers := [str(gateway.label) for gateway in self.gateways if gateway.keeps_cards]:
            self.fields["save_card"].help_text = format_html(
                _("Only when you pay by {methods}. The provider keeps it; you can remove it at any time."),
                methods=", ".join(keepers),
            )
        else:
            del self.fields["save_card"]
        self.order_fields(["campaign_id", "suggested_amount", "amount", "payment_method", "save_card"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("amount") is None and "amount" not in self.errors:
            if values.get("suggested_amount"):
                values["amount"] = Decimal(values["suggested_amount"])
            else:
                self.add_error("amount", _("Choose an amount or type one."))
        return values

    @property
    def amount_now(self) -> Decimal:
        """The amount chosen so far, for the preview; zero while it can't be read or doesn't fit."""
        if self.is_bound:
            self.is_valid()
            return self.cleaned_data.get("amount") or ZERO
        chosen = self["suggested_amount"].value() or self["amount"].value()
        return Decimal(chosen) if chosen else ZERO

    def payment(self) -> dict[str, Any]:
        """What the services ask: amount, method, whether to keep the card. Call when valid."""
        keeps_cards = {gateway.method for gateway in self.gateways if gateway.keeps_cards}
        method = self.cleaned_data["payment_method"]
        return {
            "amount": self.cleaned_data["amount"],
            "method": method,
            "save_card": bool(self.cleaned_data.get("save_card")) and method in keeps_cards,
        }

    def method_options(self) -> list[tuple[Any, Gateway]]:
        """The radio buttons of the methods, each with its gateway."""
        return list(zip(self["payment_method"], self.gateways, strict=True))


class OpenForm(PayForm):
    """The same for a deposit to open: for all campaigns (empty) or for one of `choices`."""

    campaign_id = forms.ChoiceField(
        label=_("For which campaigns?"),
        required=False,
        help_text=_("A deposit for all campaigns pays every campaign that has none of its own."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign_id"].choices = choices
        # "All campaigns" has the empty value, which must not pass where that deposit is open already.
        self.fields["campaign_id"].required = all(value for value, _label in choices)

    def clean_campaign_id(self) -> UUID | None:
        value = self.cleaned_data["campaign_id"]
        return UUID(value) if value else None
