"""How forms look and how Moroccan input is read: the site's form renderer, and fields for amounts and phones.

`{{ form }}` and `{{ form.name.as_field_group }}` give Tabler's markup (templates/forms/). The admin renders its fields by
itself and is not touched.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.renderers import TemplatesSetting
from django.utils.functional import lazy
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import Refusal
from leadsmarket.lib.money import LARGEST_AMOUNT, format_mad
from leadsmarket.lib.phone import NotAPhoneNumber, normalise_phone

# Read from left to right in Arabic pages too.
LEFT_TO_RIGHT_INPUTS = {"email", "tel", "number", "url", "password", "date", "datetime-local"}

EARLIEST_DAY, LATEST_DAY = date(2020, 1, 1), date(2100, 1, 1)

# An error message is made before the language of the reader is known.
_lazy_mad = lazy(format_mad, str)


class SiteFormRenderer(TemplatesSetting):
    """Django's template engine, with the site's markup for whole forms and for single fields."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class AmountField(forms.DecimalField):
    """An amount in MAD as people type it: `600`, `600,50`, `1 234.50`, Arabic digits. Never an exponent, NaN or infinity.

    At most two decimals; more are refused, not rounded. The page tells the range; the service checks it again.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Enter an amount in dirhams, such as 600 or 600.50."),
        "max_decimal_places": _("An amount has at most two decimals (centimes)."),
    }
    PLAIN_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?")

    def __init__(self, *, min_value: Decimal | None = None, max_value: Decimal = LARGEST_AMOUNT, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput)
        messages = {"max_value": format_lazy(_("The amount must be at most {amount}."), amount=_lazy_mad(max_value))}
        if min_value is not None:
            messages["min_value"] = format_lazy(_("The amount must be at least {amount}."), amount=_lazy_mad(min_value))
        kwargs["error_messages"] = messages | kwargs.get("error_messages", {})
        super().__init__(min_value=min_value, max_value=max_value, decimal_places=2, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "maxlength": 20}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if isinstance(value, str):
            value = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in value)
            value = re.sub(r"\s", "", value).replace("٫", ".").replace(",", ".")
            if value and not self.PLAIN_NUMBER.fullmatch(value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DayField(forms.DateField):
    """An optional day as the browser's date field sends it; none so far away that the day after it doesn't exist."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d")
        widget.input_type = "date"
        super().__init__(required=False, widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day and not EARLIEST_DAY <= day <= LATEST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class PhoneField(forms.CharField):
    """A phone number; the cleaned value is E.164 text (or empty)."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Enter a phone number that can be called, such as 06 12 34 56 78.")
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        kwargs["widget"].input_type = "tel"
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return normalise_phone(text)
        except NotAPhoneNumber as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


def add_refusal(form: forms.BaseForm, error: Refusal) -> None:
    """Show what a service refused on the form: its `fields` beside the fields of the same names, the rest above them all."""
    for name, message in error.fields.items():
        form.add_error(name if name in form.fields else None, str(message))
    if not error.fields:
        form.add_error(None, str(error))


def control_attrs(field: BoundField) -> dict[str, str | bool]:
    """Return the HTML attributes that the site's look adds to a field's control."""
    widget = field.field.widget
    input_type = getattr(widget, "input_type", "")
    if input_type in ("checkbox", "radio"):
        classes = "form-check-input"
    elif input_type == "select":
        classes = "form-select"
    else:
        classes = "form-control"
    own = widget.attrs.get("class", "")
    names = [own, classes, "is-invalid" if field.errors else ""]
    attrs: dict[str, str | bool] = {"class": " ".join(name for name in names if name)}
    if input_type in LEFT_TO_RIGHT_INPUTS:
        attrs["dir"] = "ltr"
    return attrs


def render_control(field: BoundField) -> SafeString:
    """Render a field's control alone, with the look, `aria-describedby` and `aria-invalid`."""
    return field.as_widget(attrs=control_attrs(field))


def render_options(field: BoundField) -> SafeString:
    """Render the options of a radio or checkbox group, each with its label beside it."""
    attrs = field.build_widget_attrs(control_attrs(field) | {"id": field.auto_id})
    data = field.field.widget.subwidgets(field.html_name, field.value(), attrs=attrs)
    options = [BoundWidget(field.field.widget, option, field.form.renderer) for option in data]
    return format_html_join(
        "\n",
        '<label class="form-check" for="{}">{}<span class="form-check-label">{}</span></label>',
        ((option.id_for_label, option.tag(), option.choice_label) for option in options),
    )
