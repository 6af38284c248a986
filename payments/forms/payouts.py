"""What an influencer types to be paid. The rules are the services'."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.forms import AmountField
from payments.models import Payout
from payments.rib import NotARib, has_right_key, normalise_rib
from payments.services.payouts import MINIMUM_PAYOUT


class RibField(forms.CharField):
    """A RIB as people type it; the cleaned value is its 24 digits. check_key: refuse a wrong key here already."""

    def __init__(self, *, check_key: bool = True, **kwargs: Any) -> None:
        self.check_key = check_key
        kwargs.setdefault("max_length", 60)
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        return super().widget_attrs(widget) | attrs

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            rib = normalise_rib(text)
        except NotARib:
            raise ValidationError(_("A RIB has 24 digits."), code="invalid") from None
        if self.check_key and not has_right_key(rib):
            raise ValidationError(
                _("The key (the last two digits) doesn't fit: please check every digit of the RIB."), code="key"
            )
        return rib


class PayoutForm(forms.Form):
    """How much, to whose account."""

    amount = AmountField(label=_("Amount, in MAD"), min_value=MINIMUM_PAYOUT)
    holder_name = forms.CharField(
        label=_("Account holder"),
        max_length=Payout._meta.get_field("holder_name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        help_text=_("As the bank writes it."),
    )
    rib = RibField(label="RIB", help_text=_("24 digits, on your cheques and in your bank's application."))
