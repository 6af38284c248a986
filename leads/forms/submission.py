"""The form of a new lead. What can be refused is decided by leads.services.create_lead; the form reads what was typed."""

import hashlib
import json
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from leads.consent import consent_text
from leads.errors import AgreementInactive
from leads.models import Campaign, LeadSource
from leads.services import LeadSubmission
from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.forms import AmountField, PhoneField, add_refusal

MINIMUM_VALUE = Decimal("50.00")


class CommissionForm(forms.Form):
    """Campaign and estimated value: all that the preview needs."""

    campaign = forms.ChoiceField(
        label=_("Campaign"),
        error_messages={"required": _("Choose a campaign."), "invalid_choice": AgreementInactive.message},
    )
    estimated_value = AmountField(
        label=_("Estimated value (MAD)"),
        min_value=MINIMUM_VALUE,
        help_text=_("What the sale is worth to the company."),
        error_messages={"required": _("Enter the estimated value.")},
    )

    def __init__(self, *args: Any, campaigns: list[Campaign], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaigns = {str(campaign.pk): campaign for campaign in campaigns}
        empty = [] if len(campaigns) == 1 else [("", _("Choose a campaign"))]
        self.fields["campaign"].choices = [*empty, *((key, _label(c)) for key, c in self.campaigns.items())]
        if len(campaigns) == 1:
            # The browser shows the only choice as chosen, so the consent sentence must be its own from the start.
            self.initial["campaign"] = str(campaigns[0].pk)
        self.fields["estimated_value"].widget.attrs["placeholder"] = "600"

    @property
    def chosen_campaign(self) -> Campaign | None:
        """The campaign that the form shows as chosen, if it is one of the choices."""
        return self.campaigns.get(str(self["campaign"].value() or ""))


class LeadForm(CommissionForm):
    """A whole lead. `submission_key` is made with the form; `consent_shown` says which sentence the person read."""

    customer_name = forms.CharField(
        label=_("Full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
        error_messages={"required": _("Enter the customer's name.")},
    )
    customer_phone = PhoneField(
        label=_("Phone"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel", "placeholder": "06 12 34 56 78"}),
        error_messages={"required": _("Enter the customer's phone number.")},
    )
    customer_email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email", "autocapitalize": "none"}),
        error_messages={
            "required": _("Enter the customer's e-mail address."),
            "invalid": _("Enter a valid e-mail address."),
        },
    )
    customer_company = forms.CharField(
        label=_("Company (optional)"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    source = forms.ChoiceField(
        label=_("Where does this contact come from?"),
        choices=LeadSource.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose where the contact comes from."),
            "invalid_choice": _("Choose one of the sources."),
        },
    )
    customer_notes = forms.CharField(
        label=_("Notes (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the person needs, and when to call. No ID card number, nothing about health."),
    )
    consent = forms.BooleanField(
        error_messages={"required": _("Without the person's agreement this lead can't be sent.")}
    )
    consent_shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    # Without autocomplete="off" Firefox puts the key of the lead before into a reloaded form.
    submission_key = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    PREVIEW_FIELDS: ClassVar[tuple[str, ...]] = ("campaign", "estimated_value")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data is not None:
            data = data.copy()
            data["submission_key"] = str(_key_from(data.get("submission_key", "")))
        super().__init__(data, **kwargs)
        self.initial.setdefault("submission_key", str(uuid4()))
        self.consent_sentence = self._consent_sentence()
        self.fields["consent"].label = self.consent_sentence
        self.consent_shown_now = _digest(self.consent_sentence)

    @property
    def consent_is_current(self) -> bool:
        """Whether the sentence that the person ticked is the one of the campaign that is chosen now."""
        return bool(self.consent_sentence) and self["consent_shown"].value() == self.consent_shown_now

    def clean_consent(self) -> bool:
        if not self.consent_is_current and self.consent_sentence:
            raise ValidationError(_("This sentence changed with the campaign. Please read it and confirm it again."))
        return self.cleaned_data["consent"]

    def forget_unasked_errors(self) -> None:
        """Keep only the errors of the fields that a preview is about; nothing else was asked yet."""
        for name in [name for name in self.errors if name not in self.PREVIEW_FIELDS]:
            del self.errors[name]

    def submission(self, ip_address: str) -> LeadSubmission:
        """Return what was typed, once the form is valid."""
        values = self.cleaned_data
        return LeadSubmission(
            customer_name=values["customer_name"],
            customer_email=values["customer_email"],
            customer_phone=values["customer_phone"],
            estimated_value=values["estimated_value"],
            source=values["source"],
            customer_company=values["customer_company"],
            customer_notes=values["customer_notes"],
            consent_confirmed=values["consent"],
            ip_address=ip_address,
            submission_key=self._key_of_content(),
        )

    def add_refusal(self, refusal: Refusal) -> None:
        """Show what the service refused: beside the fields it names, else beside the campaign."""
        if refusal.fields:
            add_refusal(self, refusal)
        else:
            self.add_error("campaign", str(refusal))

    def _consent_sentence(self) -> str:
        campaign = self.chosen_campaign
        return consent_text(campaign.merchant.name) if campaign else ""

    def _key_of_content(self) -> UUID:
        """The form's key for what was typed: a browser's "back" brings the old key with the next customer's data."""
        typed = {name: str(value) for name, value in self.cleaned_data.items() if name != "submission_key"}
        return uuid5(_key_from(self.cleaned_data["submission_key"]), json.dumps(typed, sort_keys=True))


def _label(campaign: Campaign) -> str:
    state = _("takes leads now") if campaign.takes_leads else _("can't take leads now")
    return f"{campaign.name} · {campaign.merchant.name} ({state})"


def _key_from(text: str) -> UUID:
    """Return the key that the form was made with; a new one in place of anything else."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _digest(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:32]
