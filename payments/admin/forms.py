"""Forms of the staff site for payments; each calls one service with its cleaned values."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from leadsmarket.lib.admin import StaffAmountField
from leadsmarket.lib.money import CENTIME
from payments.models import Payment, ReviewItem
from payments.services.transfers import LONGEST_REFERENCE


def _today() -> date:
    return timezone.localdate()


class ConfirmTransferForm(forms.Form):
    """What the bank's statement says."""

    received_amount = StaffAmountField(
        label=_("Amount received (MAD)"),
        min_value=CENTIME,
        help_text=_("What arrived, even where it is not what was announced. An opening needs at least 2,000.00."),
    )
    bank_reference = forms.CharField(
        label=_("Reference on the bank's statement"),
        max_length=LONGEST_REFERENCE,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Of the line of the statement; one line is credited once."),
    )
    received_on = forms.DateField(label=_("Received on"), initial=_today, widget=UnfoldAdminSingleDateWidget)


class RejectTransferForm(forms.Form):
    """Why a transfer is not credited."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=Payment._meta.get_field("failure_message").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the payment and in the audit trail."),
    )


class ResolveReviewForm(forms.Form):
    """What was done about an item."""

    resolution = forms.CharField(
        label=_("What was done"),
        max_length=ReviewItem._meta.get_field("resolution").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One sentence, for whoever looks at this later."),
    )


class SureForm(forms.Form):
    """A step that only needs a yes."""
