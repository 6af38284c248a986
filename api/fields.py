"""Fields of the API's serializers: amounts, shares and free text."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leadsmarket.lib.money import CENTIME, LARGEST_AMOUNT, format_mad

PLAIN_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")


class _Hundredths(serializers.Field):
    """A number with at most two decimals; read from a JSON number or its text, never through a float."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("Enter a number, such as 600 or 600.50."),
        "decimals": _("At most two decimals."),
        "largest": _("At most {largest}."),
        "least": _("At least {least}."),
    }

    def __init__(self, *, least: Decimal | None = None, largest: Decimal = LARGEST_AMOUNT, **arguments: Any) -> None:
        self.least = least
        self.largest = largest
        super().__init__(**arguments)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str):
            text = data.strip()
            if not PLAIN_NUMBER.fullmatch(text):
                self.fail("decimals" if re.fullmatch(r"-?[0-9]{1,12}\.[0-9]{3,30}", text) else "invalid")
            value = Decimal(text)
        elif isinstance(data, Decimal) or (isinstance(data, int) and not isinstance(data, bool)):
            value = Decimal(data)
        else:
            self.fail("invalid")
        if abs(value) > LARGEST_AMOUNT:
            self.fail("largest", largest=self.shown(self.largest))
        if int(value.as_tuple().exponent) < -2:
            self.fail("decimals")
        if value > self.largest:
            self.fail("largest", largest=self.shown(self.largest))
        if self.least is not None and value < self.least:
            self.fail("least", least=self.shown(self.least))
        return value.quantize(CENTIME)

    def to_representation(self, value: Decimal) -> Decimal:
        return value.quantize(CENTIME)

    def shown(self, value: Decimal) -> str:
        """A limit as people read it."""
        return str(value)


@extend_schema_field({"type": "number", "format": "decimal", "example": 80.00})
class AmountField(_Hundredths):
    """An amount in MAD. Read from a number or text; more than two decimals is refused, not rounded."""

    def shown(self, value: Decimal) -> str:
        return format_mad(value)


@extend_schema_field({"type": "number", "format": "decimal", "example": 30.00})
class PercentageField(_Hundredths):
    """A share in percent, two decimals."""


@extend_schema_field({"type": "string", "enum": ["MAD"]})
class CurrencyField(serializers.CharField):
    """The currency of an object's amounts: dirham, whatever the object."""

    def get_attribute(self, instance: Any) -> str:
        return "MAD"
