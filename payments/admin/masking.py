"""What staff see of a provider's event: everything but what could be a card or proves who signed it."""

import re

HIDDEN = "•••"

# A card number is 13 to 19 digits, perhaps in groups; the last four are enough to recognise it.
_CARD_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9][ +-]?){9,15}([0-9]{4})(?![0-9A-Za-z])")
_HIDDEN_NAMES = r"hash|pan|card_?number|cvv|cvc|cv2|cavv|xid|eci|md|client_secret"
_IN_FORM = re.compile(rf"((?:^|[&?])(?:{_HIDDEN_NAMES})=)[^&]*", re.IGNORECASE)
_IN_JSON = re.compile(rf'("(?:{_HIDDEN_NAMES})"\s*:\s*)"[^"]*"', re.IGNORECASE)


def masked(body: str) -> str:
    """Return an event's body for reading: card numbers but for four digits, hashes and codes are left out."""
    body = _IN_FORM.sub(rf"\g<1>{HIDDEN}", body)
    body = _IN_JSON.sub(rf'\g<1>"{HIDDEN}"', body)
    return _CARD_NUMBER.sub(rf"{HIDDEN}\g<1>", body)
