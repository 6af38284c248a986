"""What the merchant types to return a lead. The rules are the services'."""

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import ReturnReason


class ReturnForm(forms.Form):
    """A reason, words, and a file that proves it."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=ReturnReason.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose one of the reasons.")),
    )
    details = forms.CharField(
        label=_("Details"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for another reason. The influencer reads it."),
    )
    proof = forms.FileField(
        label=_("Proof (optional)"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG, at most 5 MB. Only Leadsmarket reads it."),
    )
