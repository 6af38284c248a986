"""Forms of the staff site that move money; each calls one service with its cleaned values."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import Merchant
from deposits.models import DepositTransaction, PaymentMethod
from deposits.services import MINIMUM_OPENING_AMOUNT, MINIMUM_RECHARGE_AMOUNT
from leadsmarket.lib.admin import RowField, StaffAmountField


def _reference_field() -> forms.CharField:
    return forms.CharField(
        label=_("Payment reference"),
        max_length=DepositTransaction._meta.get_field("payment_reference").max_length,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What proves the payment: the reference of the transfer on the bank statement."),
    )


class PaymentForm(forms.Form):
    """How money came in: the method and what proves it."""

    payment_method = forms.ChoiceField(
        label=_("Payment method"), choices=PaymentMethod.choices, widget=UnfoldAdminSelectWidget
    )
    payment_reference = _reference_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payment_method"].initial = PaymentMethod.BANK_TRANSFER


class OpenCampaignDepositForm(PaymentForm):
    """The first payment of a deposit for one campaign."""

    initial_amount = StaffAmountField(label=_("Amount received (MAD)"), min_value=MINIMUM_OPENING_AMOUNT)
    field_order = ("merchant", "initial_amount", "payment_method", "payment_reference")


class OpenDepositForm(OpenCampaignDepositForm):
    """The first payment of a merchant's general deposit."""

    merchant = RowField(Merchant.objects.filter(is_active=True), label=_("Merchant"))


class RechargeForm(PaymentForm):
    """Money received for an open deposit."""

    amount = StaffAmountField(label=_("Amount received (MAD)"), min_value=MINIMUM_RECHARGE_AMOUNT)
    field_order = ("amount", "payment_method", "payment_reference")


class ReasonForm(forms.Form):
    """Why; kept in the audit trail."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=DepositTransaction._meta.get_field("reason").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class AdjustForm(ReasonForm):
    """A signed correction of a balance."""

    amount = StaffAmountField(
        label=_("Correction (MAD)"),
        help_text=_("With a minus sign it takes money away, at most what is available: -40.00"),
    )
    field_order = ("amount", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _("The merchant reads it in the list of movements.")
