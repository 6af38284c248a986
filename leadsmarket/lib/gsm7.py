"""The alphabet of text messages: a message that keeps to GSM-7 holds 160 characters, any other 70 (3GPP TS 23.038)."""

import re
import unicodedata
from math import ceil

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Takes the place of two."""
REPLACED = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u202f\u2007\u2009", " "),
        **dict.fromkeys("’‘ʼ", "'"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("–—‑−", "-"),
        **dict.fromkeys("\u200e\u200f\u2066\u2067\u2068\u2069\u061c", ""),
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "·": "-",
        "×": "x",
    }
)


def to_gsm7(text: str) -> str:
    """Return the text in the letters of GSM-7: "Dépôt épuisé’" becomes "Dépot épuisé'". Arabic and the like stay as they are,
    with all the rest of their text: such a message is longer whatever its other letters.
    """
    quoted = re.sub(r"«\s*|\s*»", '"', text)
    written = "".join(map(_nearest, quoted.translate(REPLACED)))
    return written if is_gsm7(written) else text


def is_gsm7(text: str) -> bool:
    """Say whether a text has the letters of GSM-7 alone."""
    return all(letter in BASIC or letter in EXTENDED for letter in text)


def sms_segments(text: str) -> int:
    """Return how many text messages a text is paid as: 160 characters or 153 per part, 70 or 67 beside GSM-7."""
    if is_gsm7(text):
        length, alone, part = len(text) + sum(letter in EXTENDED for letter in text), 160, 153
    else:
        length, alone, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else ceil(length / part)


def _nearest(letter: str) -> str:
    if letter in BASIC or letter in EXTENDED:
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
