"""Moroccan bank account numbers (RIB): 3 digits bank, 3 city, 16 account, 2 key; always text. morocco.md, section 2."""

import re
import unicodedata


class NotARib(ValueError):
    """It has not 24 digits."""


def normalise_rib(text: str) -> str:
    """Return the 24 digits of a RIB as people type it: with spaces, dashes, Arabic digits, or as an IBAN `MA64…`.

    Raises NotARib. The key is not looked at.
    """
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    compact = re.sub(r"[\s.\-\u2010-\u2015\u200e\u200f]", "", digits).upper()
    if re.fullmatch(r"MA\d{26}", compact):
        compact = compact[4:]
    if not re.fullmatch(r"[0-9]{24}", compact):
        raise NotARib
    return compact


def has_right_key(rib: str) -> bool:
    """Whether the last two digits are the key of the first 22: the whole is a multiple of 97, the key from 01 to 97."""
    return 1 <= int(rib[-2:]) <= 97 and int(rib) % 97 == 0


def mask_rib(rib: str) -> str:
    """Write a RIB as pages, logs and exports may show it: `011 519 •••• 21`."""
    return f"{rib[:3]} {rib[3:6]} •••• {rib[-2:]}"
