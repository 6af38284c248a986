"""Numbers that are no amounts: rates, shares and scores."""

from decimal import Decimal
from typing import Any

from leadsmarket.lib.forms import AmountField


class NumberField(AmountField):
    """A number within limits, typed like an amount (`7,5`, Arabic digits), two decimals at most; one message for all."""

    def __init__(self, *, min_value: Decimal, max_value: Decimal, message: Any, **kwargs: Any) -> None:
        errors = dict.fromkeys(("invalid", "max_decimal_places", "min_value", "max_value"), message)
        super().__init__(min_value=min_value, max_value=max_value, error_messages=errors, **kwargs)
