"""What the merchant types to decide a lead. The rules are the services'."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, RejectionReason
from leads.services.decisions import MERCHANT_REASONS
from leadsmarket.lib.forms import AmountField

SCORES = [(score, str(score)) for score in range(1, 11)]
REASONS = [(reason.value, reason.label) for reason in RejectionReason if reason.value in MERCHANT_REASONS]


class ValidateForm(forms.Form):
    """A score from 1 to 10 and words for the influencer."""

    quality_score = forms.TypedChoiceField(
        label=_("Quality score"),
        choices=SCORES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a score from 1 to 10.")),
    )
    feedback = forms.CharField(
        label=_("Feedback (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The influencer reads it."),
    )


class RejectForm(forms.Form):
    """A reason, with text where it is another one."""

    rejection_reason = forms.ChoiceField(
        label=_("Reason"),
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose one of the reasons.")),
    )
    rejection_details = forms.CharField(
        label=_("Details"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for another reason. The influencer reads it."),
    )


class OutcomeForm(forms.Form):
    """What became of a validated lead, and the real value of the sale."""

    OUTCOMES: ClassVar = [
        (Lead.Status.CONVERTED, _("Converted: it became a sale")),
        (Lead.Status.LOST, _("Lost: it came to nothing")),
    ]

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose what became of this lead.")),
    )
    actual_value = AmountField(
        label=_("Value of the sale, in MAD (optional)"),
        required=False,
        min_value=Decimal("0.00"),
        help_text=_("Where it is known, and only for a sale."),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("outcome") == Lead.Status.LOST and data.get("actual_value") is not None:
            self.add_error("actual_value", _("A lost lead has no value: leave this empty."))
        return data
