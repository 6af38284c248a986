"""Forms of agreements. The services hold the rules; forms read what people type."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from leads.forms.numbers import NumberField
from leads.models import Campaign, InfluencerAgreement
from leads.services.agreements import DEFAULT_TERMS, AgreementTerms
from leadsmarket.lib.forms import AmountField


class AgreementTermsForm(forms.Form):
    """What a merchant grants an influencer: at acceptance, or for the leads to come."""

    commission_percentage = NumberField(
        label=_("Influencer's share (%)"),
        help_text=_("Of the commission that you pay for a validated lead."),
        min_value=Decimal("0"),
        max_value=Decimal("100"),
        message=_("Enter a share from 0 to 100, such as 30 or 32.50."),
    )
    quality_threshold = NumberField(
        label=_("Quality threshold"),
        help_text=_(
            "From 1 to 10. The agreement is suspended when the mean score of the last 20 scored leads (at least 5)"
            " falls below it. Empty: never."
        ),
        required=False,
        min_value=Decimal("1"),
        max_value=Decimal("10"),
        message=_("Enter a score from 1 to 10, such as 6 or 6.5, or leave it empty."),
    )
    minimum_deposit = AmountField(
        label=_("Minimum deposit (MAD)"),
        help_text=_("The deposit that you undertake to keep for these leads."),
        min_value=Decimal("0"),
    )
    requires_validation = forms.BooleanField(
        label=_("I decide each lead"),
        required=False,
        help_text=_("Unticked: leads are validated at once, without a score."),
    )
    auto_payment = forms.BooleanField(
        label=_("Earnings become payable by themselves after 7 days"),
        required=False,
        help_text=_("Unticked: our team approves each payment."),
    )

    def __init__(self, *args: Any, agreement: InfluencerAgreement | None = None, **kwargs: Any) -> None:
        source = agreement or DEFAULT_TERMS
        initial = {field.name: getattr(source, field.name) for field in fields(AgreementTerms)}
        super().__init__(*args, initial=initial, **kwargs)

    def terms(self) -> AgreementTerms:
        """The terms of a valid form."""
        return AgreementTerms(**{field.name: self.cleaned_data[field.name] for field in fields(AgreementTerms)})


class InvitationForm(AgreementTermsForm):
    """An influencer's address, the campaign or all of them, and the terms offered."""

    email = forms.EmailField(
        label=_("Influencer's e-mail"), help_text=_("The address with which the influencer logs in here.")
    )
    campaign = forms.ModelChoiceField(
        label=_("For"), queryset=Campaign.objects.none(), required=False, empty_label=_("All my campaigns")
    )

    field_order = ("email", "campaign")

    def __init__(self, *args: Any, campaigns: QuerySet[Campaign], campaign_id: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = campaigns
        self.initial["campaign"] = campaign_id


class ApplicationForm(forms.Form):
    """An influencer's words to the merchant."""

    message = forms.CharField(
        label=_("Message to the merchant"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Optional: your audience, your city, why it fits. At most 500 characters."),
    )


class ReasonForm(forms.Form):
    """Why an agreement is suspended or ended; the influencer reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Optional. The influencer can read it."),
    )
