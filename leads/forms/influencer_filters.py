"""Filters of an influencer's list of leads."""

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.filters import LeadFilterForm
from leads.models import Lead


class InfluencerLeadFilterForm(LeadFilterForm):
    """Status, campaign, source and days."""

    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *Lead.Status.choices])
    field_order = ("status", "campaign", "source", "since", "until")
