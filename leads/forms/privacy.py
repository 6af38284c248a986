"""What a person types to ask about their own data. The rules are the services'."""

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import ProspectRequest


class DataRequestForm(forms.Form):
    """What is asked, and whose data."""

    kind = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=ProspectRequest.Kind.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose what you ask for.")),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        help_text=_("We send a link there, to make sure that it is you, and later the answer."),
    )
    phone = forms.CharField(
        label=_("Your phone number (optional)"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "dir": "ltr"}),
        help_text=_("If we may know you by it. We call it to make sure that it is yours."),
    )
    text = forms.CharField(
        label=_("Anything we should know (optional)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
