"""The form of an auto-recharge: when, how much, at most how much a month, with which card, and the owner's agreement."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deposits.services import MINIMUM_RECHARGE_AMOUNT
from leadsmarket.lib.forms import AmountField
from payments.models import AutoRecharge, SavedCard
from payments.services import AutoRechargeTerms
from payments.services.auto_recharge import THRESHOLDS


class AutoRechargeForm(forms.Form):
    """The box of the agreement is never ticked in advance: each change of the terms is agreed to anew."""

    threshold_percentage = forms.IntegerField(
        label=_("Recharge when the gauge falls to (%)"),
        min_value=THRESHOLDS[0],
        max_value=THRESHOLDS[-1],
        help_text=_("At 20 %, we warn you that a recharge is due soon."),
        error_messages={
            "invalid": _("Enter a whole number of percent, such as 20."),
            "min_value": _("At least %(limit_value)s percent."),
            "max_value": _("At most %(limit_value)s percent: more would charge again right after a recharge."),
        },
    )
    amount = AmountField(label=_("Amount of each recharge (MAD)"), min_value=MINIMUM_RECHARGE_AMOUNT)
    monthly_limit = AmountField(
        label=_("At most in a calendar month (MAD)"),
        min_value=MINIMUM_RECHARGE_AMOUNT,
        help_text=_("Once a further recharge would pass it, nothing is charged until the next month and we tell you."),
    )
    card = forms.ChoiceField(
        label=_("Card"), widget=forms.RadioSelect, error_messages={"required": _("Choose a card.")}
    )
    consent = forms.BooleanField(
        label="", error_messages={"required": _("Without your agreement no card can be charged.")}
    )

    def __init__(
        self, *args: Any, cards: list[SavedCard], auto: AutoRecharge | None, consent_text: str, **kwargs: Any
    ) -> None:
        initial: dict[str, Any] = {"threshold_percentage": 20, "amount": Decimal("2000.00")}
        if auto is not None:
            initial |= {
                "threshold_percentage": auto.threshold_percentage,
                "amount": auto.amount,
                "monthly_limit": auto.monthly_limit,
                "card": str(auto.card_id),
            }
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["card"].choices = [(str(card.pk), _card_label(card)) for card in cards]
        if len(cards) == 1:
            self.initial["card"] = str(cards[0].pk)
        self.fields["consent"].label = self.consent_text = consent_text

    def terms(self) -> AutoRechargeTerms:
        """What the owner agreed to. Call when valid."""
        values = self.cleaned_data
        return AutoRechargeTerms(
            threshold_percentage=values["threshold_percentage"],
            amount=values["amount"],
            monthly_limit=values["monthly_limit"],
            card_id=values["card"],
            consent_text=self.consent_text,
        )


def _card_label(card: SavedCard) -> str:
    expiry = f"{card.expiry_month:02d}/{card.expiry_year}" if card.expiry_month and card.expiry_year else ""
    return f"{card} {expiry}".strip()
