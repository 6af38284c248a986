"""Amounts and phones as people type them, and the markup of forms."""

from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from leadsmarket.lib.forms import AmountField, PhoneField
from leadsmarket.lib.phone import NotAPhoneNumber, normalise_phone


class LeadForm(forms.Form):
    """A little of everything."""

    value = AmountField(label="Value", min_value=Decimal("50.00"), help_text="In dirhams")
    phone = PhoneField(label="Phone")
    email = forms.EmailField(label="E-mail", required=False)
    source = forms.ChoiceField(label="Source", choices=[("instagram", "Instagram"), ("other", "Other")])
    reason = forms.ChoiceField(label="Reason", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    consent = forms.BooleanField(label="Agreed")


def clean(typed: str) -> Decimal:
    return AmountField(min_value=Decimal("50.00")).clean(typed)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("600", "600"),
        ("600.50", "600.50"),
        ("600,5", "600.5"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("50.00", "50.00"),
        ("٦٠٠", "600"),
        ("٦٠٠٫٥٠", "600.50"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_amount_is_read_as_typed(typed, amount):
    assert clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("49.99", "min_value"),
        ("-5", "min_value"),
        ("100.001", "max_decimal_places"),
        ("abc", "invalid"),
        ("1e400", "invalid"),
        ("NaN", "invalid"),
        ("Infinity", "invalid"),
        ("1,234.50", "invalid"),
        ("1000000000000", "max_value"),
        ("9" * 400, "invalid"),
        ("²", "invalid"),
        ("", "required"),
    ],
)
def test_amount_that_does_not_fit_is_refused(typed, code):
    with pytest.raises(forms.ValidationError) as refusal:
        clean(typed)

    assert [error.code for error in refusal.value.error_list] == [code]


def test_limits_are_told_in_the_language_of_the_reader():
    with translation.override("fr"), pytest.raises(forms.ValidationError) as refusal:
        clean("49.99")
        # rendered below, still in French

    with translation.override("fr"):
        assert "50,00\u00a0MAD" in refusal.value.messages[0]


@pytest.mark.parametrize(
    "typed",
    [
        "0612345678",
        "06 12 34 56 78",
        "+212 6-12-34-56-78",
        "00212 612345678",
        "212 6 12 34 56 78",
        "+212 (0)6 12 34 56 78",
        "06.12.34.56.78",
        "٠٦١٢٣٤٥٦٧٨",
    ],
)
def test_moroccan_phone_becomes_e164(typed):
    assert normalise_phone(typed) == "+212612345678"


def test_foreign_phone_keeps_its_country():
    assert normalise_phone("+33 6 12 34 56 78") == "+33612345678"


@pytest.mark.parametrize("typed", ["", "abc", "0412345678", "061234567", "06123456789", "+212612345678 ext 5", "²²"])
def test_text_that_is_no_phone_is_refused(typed):
    with pytest.raises(NotAPhoneNumber):
        normalise_phone(typed)


def test_form_ties_labels_help_and_errors_to_controls():
    form = LeadForm({"value": "49.99", "phone": "12", "source": "instagram"})

    html = Template("{{ form }}").render(Context({"form": form}))

    assert '<label class="form-label required" for="id_value">' in html
    value = html[html.index('name="value"') - 20 :].split(">")[0]
    for part in (
        'value="49.99"',
        'inputmode="decimal"',
        'dir="ltr"',
        'class="form-control is-invalid"',
        'aria-invalid="true"',
        'aria-describedby="id_value_helptext id_value_error"',
        "required",
    ):
        assert part in value
    assert 'id="id_value_helptext"' in html
    assert 'id="id_value_error" role="alert"' in html
    assert '<select name="source" class="form-select"' in html
    assert html.count('type="radio"') == 2
    assert "<legend" in html
    assert 'type="tel"' in html
    assert 'type="email"' in html
    assert 'class="form-check-input is-invalid"' in html
    assert "style=" not in html
    assert "<script" not in html


def test_errors_of_the_whole_form_come_first_as_an_alert():
    form = LeadForm({})
    form.add_error(None, "The campaign is paused.")

    html = Template("{{ form }}").render(Context({"form": form}))

    assert html.index("The campaign is paused.") < html.index('name="value"')
    assert "data-form-errors" in html
