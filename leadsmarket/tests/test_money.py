"""Amounts in the languages of the interface."""

from decimal import Decimal

import pytest
from django.utils import translation

from leadsmarket.lib.money import format_mad


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fr", "-1\u202f234,50\u00a0MAD"),
        ("en", "-MAD\u00a01,234.50"),
        ("ar", "\u200f\u200e-1.234,50\u00a0د.م.\u200f"),
    ],
)
def test_a_negative_amount_has_its_minus_on_the_left_of_its_digits(language, written):
    with translation.override(language):
        assert format_mad(Decimal("-1234.50")) == written
