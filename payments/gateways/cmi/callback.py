"""What the acquirer says in a callback: the fields as they came, checked against the hash and against what we sent.

Names are not signed: each field that we sent must come back, once, with the value that we sent. Then no renaming of fields
can turn a refusal into a success.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

from payments.errors import InvalidSignature
from payments.gateways.cmi.signature import UNSIGNED, verified

DIRHAM = "504"
MOST_FIELDS = 250
LONGEST_NAME = 100

NOT_COMPARED = frozenset({"rnd", "amount", "currency", *UNSIGNED})
"""rnd may be the gateway's own; amount and currency are compared with the payment, as a number and a currency."""
ALSO_ONCE = ("oid", "ReturnOid", "ProcReturnCode", "Response", "amount", "currency", "rnd")
"""Fields that decide something: twice in one callback, and nobody knows which is meant."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback whose hash fitted. fields: the values of the reading that fitted, by their names in lower case."""

    fields: Mapping[str, str]
    repeated: frozenset[str]
    fingerprint: str

    def value(self, name: str) -> str:
        """Return a field without regard to the case of its name; empty where it didn't come."""
        return self.fields.get(name.lower(), "")

    @property
    def oid(self) -> str:
        """Our order."""
        return self.value("oid")

    @property
    def is_accepted(self) -> bool:
        """Whether the acquirer has authorised the card, in both its words: two values are harder to find than one."""
        return self.value("ProcReturnCode") == "00" and self.value("Response").lower() == "approved"

    @property
    def contradicts_itself(self) -> bool:
        """Whether code and text say different things, or the order is named in two ways."""
        says_approved = self.value("Response").lower() == "approved"
        return says_approved != (self.value("ProcReturnCode") == "00") or self.value("ReturnOid") not in ("", self.oid)

    @property
    def amount(self) -> Decimal | None:
        """The amount, with a point or a comma; None where it is no amount."""
        try:
            amount = Decimal(self.value("amount").replace(",", "."))
        except InvalidOperation:
            return None
        return amount if amount.is_finite() else None

    @property
    def currency(self) -> str:
        """MAD, or the number that came instead."""
        currency = self.value("currency")
        return "MAD" if currency == DIRHAM else re.sub(r"[^A-Za-z0-9]", "?", currency)[:10] or "none"

    def differences(self, sent: Mapping[str, str]) -> list[str]:
        """Return the names of fields that are not what we sent: changed, missing, or there twice."""
        wrong = {
            name
            for name, value in sent.items()
            if name.lower() not in NOT_COMPARED and self.fields.get(name.lower()) != value
        }
        wrong |= {name for name in ("amount", "currency") if name not in self.fields}
        wrong |= {name for name in (*sent, *ALSO_ONCE) if name.lower() in self.repeated}
        return sorted(wrong)


def read_callback(body: bytes, store_key: str) -> Callback:
    """Parse a form and check its hash. Raises InvalidSignature for anything that the acquirer did not sign."""
    pairs = _pairs(body)
    by_name: dict[str, str] = {}
    repeated: set[str] = set()
    hashes = {value for name, value in pairs if name.lower() == "hash"}
    for name, value in pairs:
        if name in by_name:
            repeated.add(name.lower())
        by_name[name] = value
    if len(hashes) != 1 or repeated - UNSIGNED:
        # A name that is there twice has no place in the order of names, so such a callback can't be signed.
        raise InvalidSignature
    values = verified(by_name, hashes.pop(), store_key)
    if values is None:
        raise InvalidSignature
    fields: dict[str, str] = {}
    for name, value in values.items():
        if name.lower() in fields:
            repeated.add(name.lower())
        fields[name.lower()] = value
    digest = hashlib.sha256(repr(sorted(pairs)).encode("utf-8", errors="surrogateescape")).hexdigest()
    return Callback(fields, frozenset(repeated), digest)


def oid_in(body: bytes) -> str:
    """Return the order that a form names, checked in no way: good for showing a page, for nothing else."""
    try:
        return next((value for name, value in _pairs(body) if name.lower() == "oid"), "")
    except InvalidSignature:
        return ""


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """Read a form whatever content type it came with. Bytes that are no UTF-8 are kept as surrogates."""
    if b"\0" in body:
        raise InvalidSignature
    try:
        pairs = parse_qsl(
            body.decode("utf-8", errors="surrogateescape"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="surrogateescape",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise InvalidSignature from error
    if any(len(name) > LONGEST_NAME for name, _value in pairs):
        raise InvalidSignature
    return pairs
