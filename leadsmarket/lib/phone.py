"""Phone numbers: whatever people type becomes E.164 (`+212612345678`), the form that is stored and compared.

Rules: guides/morocco.md, 1. A number is refused when it is not possible, not when its range looks unallocated.
"""

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

DEFAULT_REGION = "MA"
MOROCCAN = re.compile(r"\+212[5-8]\d{8}")
SEPARATORS = re.compile(r"[\s().\-/\u200e\u200f]")
MOROCCAN_START = re.compile(r"^(?:\+|00)?212(?=0?[5-8]\d{8}$)0?")


class NotAPhoneNumber(ValueError):
    """The text is no phone number that can be called."""


def normalise_phone(text: str) -> str:
    """Return `text` in E.164; a number without country code is Moroccan. Raises NotAPhoneNumber.

    Takes spaces, dots, dashes, Arabic digits, `00212…`, `212…` and the superfluous zero of `+212 (0)6…`.
    """
    ascii_digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    compact = MOROCCAN_START.sub("+212", SEPARATORS.sub("", ascii_digits))
    try:
        number = phonenumbers.parse(compact, DEFAULT_REGION)
    except NumberParseException as error:
        raise NotAPhoneNumber(text) from error
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    possible = phonenumbers.is_possible_number(number) and not number.extension
    if not possible or (number.country_code == 212 and not MOROCCAN.fullmatch(e164)):
        raise NotAPhoneNumber(text)
    return e164
