"""The hash of the CMI protocol, version 3: what we sign, and the four readings of what comes back.

Only values are signed, in the order of their names; names are not. See docs/card-acquirer.md.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from html.entities import name2codepoint

UNSIGNED = frozenset({"hash", "encoding"})
BLANKS = " \t\n\r\0\x0b"
"""What PHP's trim takes away."""

_NAME_PART = re.compile(r"[0-9]+|.", re.DOTALL)
# PHP decodes entities that end in `;` only, and `&apos;` is none of HTML 4.
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]*));")
# A filter on the way turns "document." into "document" and another character; libraries for this gateway undo it.
_DOCUMENT = re.compile(r"document.", re.IGNORECASE)

Fields = Mapping[str, str]


def signature(fields: Fields, store_key: str) -> str:
    """Return the hash of fields as they will be posted: base64 of SHA-512 over the values in the order of their names."""
    return _digest(_plain_text(fields, store_key))


def trimmed(fields: Fields) -> dict[str, str]:
    """Return fields as they must be posted: without blanks at both ends of a value."""
    return {name: trim(value) for name, value in fields.items()}


def trim(value: str) -> str:
    """Take the blanks off both ends."""
    return value.strip(BLANKS)


def verified(fields: Fields, received_hash: str, store_key: str) -> dict[str, str] | None:
    """Return the values of the first reading that fits the hash; None where none fits, or no store key is set.

    Readings: as received; one trailing newline removed and entities decoded; that trimmed; that with the filter undone.
    """
    if not store_key or not received_hash:
        return None
    received = received_hash.encode("utf-8", errors="surrogateescape")
    for values, escape in _readings(fields):
        digest = _digest(_plain_text(values, store_key, escape))
        if hmac.compare_digest(digest.encode(), received):
            return values
    return None


def _readings(fields: Fields) -> Iterator[tuple[dict[str, str], Callable[[str], str]]]:
    yield dict(fields), _escape
    decoded = {name: _decode(value.removesuffix("\n")) for name, value in fields.items()}
    yield decoded, _escape
    stripped = trimmed(decoded)
    yield stripped, _escape
    undone = {name: _undo_filter(value) for name, value in stripped.items()}
    yield undone, lambda value: _undo_filter(_escape(value))


def _plain_text(fields: Fields, store_key: str, escape: Callable[[str], str] | None = None) -> str:
    names = sorted((name for name in fields if name.lower() not in UNSIGNED), key=_natural_order)
    as_text = escape or (lambda value: _escape(trim(value)))
    return "|".join([*(as_text(fields[name]) for name in names), _escape(store_key)])


def _natural_order(name: str) -> list[tuple[int, int]]:
    """The order of PHP's natcasesort: ASCII letters as upper case, runs of digits as numbers."""
    return [
        (ord("0"), int(part)) if part.isascii() and part.isdigit() else (_upper(part), 0)
        for part in _NAME_PART.findall(name)
    ]


def _upper(letter: str) -> int:
    return ord(letter.upper()) if letter.isascii() else ord(letter)


def _escape(value: str) -> str:
    """The backslash first: the other way round it would double those that the pipe got."""
    return value.replace("\\", "\\\\").replace("|", "\\|")


def _undo_filter(value: str) -> str:
    return _DOCUMENT.sub("document.", value)


def _decode(value: str) -> str:
    return _ENTITY.sub(_character, value)


def _character(entity: re.Match[str]) -> str:
    decimal, hexadecimal, name = entity.groups()
    if name:
        return chr(name2codepoint[name]) if name in name2codepoint else entity[0]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    is_text = code in (9, 10, 13) or 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xD7FF or 0xE000 <= code <= 0x10FFFF
    return chr(code) if is_text else entity[0]


def _digest(plain_text: str) -> str:
    # Bytes that are no UTF-8 were kept as surrogates and are hashed as they came.
    return b64encode(hashlib.sha512(plain_text.encode("utf-8", errors="surrogateescape")).digest()).decode()
