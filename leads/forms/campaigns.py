"""Forms of campaigns. The services hold the rules; forms read what people type."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.numbers import NumberField
from leads.models import Campaign, CampaignSettings
from leads.models.campaigns import LONGEST_DESCRIPTION
from leads.services.campaigns import DEFAULT_TERMS, CampaignTerms
from leadsmarket.lib.forms import AmountField

Status = Campaign.Status
STATUS_FILTERS = (
    ("", _("All")),
    *((status.value, status.label) for status in (Status.ACTIVE, Status.PAUSED, Status.DRAFT, Status.ENDED)),
)
"""The filters of a merchant's list of campaigns."""


class CampaignTermsForm(forms.Form):
    """A campaign's commission terms alone, as the worked examples need them."""

    percentage_commission_rate = NumberField(
        label=_("Commission rate (%)"),
        help_text=_("Of the estimated value, for a lead below the threshold."),
        min_value=Decimal("0.01"),
        max_value=Decimal("100"),
        message=_("Enter a rate above 0 and up to 100, such as 10 or 12.50."),
    )
    commission_threshold = AmountField(
        label=_("Threshold (MAD)"),
        help_text=_("From this estimated value on, the fixed commission applies."),
        min_value=Decimal("0"),
    )
    fixed_commission_amount = AmountField(
        label=_("Fixed commission (MAD)"),
        help_text=_("For a lead at or above the threshold."),
        min_value=Decimal("0.01"),
    )
    minimum_estimated_value = AmountField(
        label=_("Minimum estimated value (MAD)"),
        help_text=_("Leads below it are refused. At least 50."),
        min_value=Decimal("50"),
    )


class CampaignForm(CampaignTermsForm):
    """A campaign's texts and settings, with the defaults of a new one."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("What influencers see first, for example: Custom kitchens.")
    )
    service = forms.CharField(
        label=_("Service"), max_length=120, help_text=_("What you sell, for example: Kitchen renovation.")
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=LONGEST_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Whom you look for, where, and what makes a good lead."),
    )
    lead_expiry_hours = forms.IntegerField(
        label=_("Hours to decide"),
        min_value=1,
        max_value=720,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}),
        help_text=_("A lead that you have not decided after this time expires."),
        error_messages={
            "invalid": _("Enter a whole number of hours from 1 to 720 (30 days)."),
            "min_value": _("Enter a whole number of hours from 1 to 720 (30 days)."),
            "max_value": _("Enter a whole number of hours from 1 to 720 (30 days)."),
        },
    )
    auto_stop_on_depletion = forms.BooleanField(
        label=_("Pause the campaign when its deposit is depleted"),
        required=False,
        help_text=_("It resumes by itself after a recharge."),
    )

    field_order = ("name", "service", "description")

    def __init__(self, *args: Any, campaign: Campaign | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _terms_of(campaign.settings if campaign else DEFAULT_TERMS)
        if campaign:
            kwargs["initial"] |= {
                "name": campaign.name,
                "service": campaign.service,
                "description": campaign.description,
            }
        super().__init__(*args, **kwargs)

    def service_arguments(self) -> dict[str, Any]:
        """What create_campaign and change_campaign take, from a valid form."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "service": data["service"],
            "description": data["description"],
            "terms": CampaignTerms(**{field.name: data[field.name] for field in fields(CampaignTerms)}),
        }


def _terms_of(source: CampaignSettings | CampaignTerms) -> dict[str, Any]:
    return {field.name: getattr(source, field.name) for field in fields(CampaignTerms)}
