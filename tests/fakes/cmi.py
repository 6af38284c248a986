"""A card acquirer that speaks the CMI protocol: checks the form it is posted, calls back, sends the browser on.

Its hash is computed here a second time, byte by byte and from the other end, so that a mistake in ours is not repeated.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.test import Client

CLIENT_ID = "600009999"
STORE_KEY = "Clé|TEST\\2026"
REQUIRED = {
    "clientid", "storetype", "TranType", "amount", "currency", "oid", "okUrl", "failUrl", "callbackUrl", "shopurl", "lang",
    "rnd", "hashAlgorithm", "HASH", "email", "BillToName",
}  # fmt: skip
PHP_BLANKS = " \t\n\r\0\x0b"


class Refused(AssertionError):
    """What the real page would show as an error instead of the card form."""


def bubble_sorted(names: list[str]) -> list[str]:
    """Sort names as PHP's natcasesort, by comparing two at a time."""
    names = list(names)
    for end in range(len(names) - 1, 0, -1):
        for at in range(end):
            if _after(names[at], names[at + 1]):
                names[at], names[at + 1] = names[at + 1], names[at]
    return names


def _after(left: str, right: str) -> bool:
    one, two = list(left), list(right)
    while one and two:
        if one[0] in "0123456789" and two[0] in "0123456789":
            numbers = []
            for letters in (one, two):
                digits = ""
                while letters and letters[0] in "0123456789":
                    digits += letters.pop(0)
                numbers.append(int(digits))
            if numbers[0] != numbers[1]:
                return numbers[0] > numbers[1]
            continue
        a, b = (letter.upper() if letter < "\x80" else letter for letter in (one.pop(0), two.pop(0)))
        if a != b:
            return a > b
    return bool(one) and not two


def their_hash(fields: dict[str, str], key: str = STORE_KEY) -> str:
    """Hash fields as they stand, ver3."""
    plain = bytearray()
    for name in bubble_sorted([name for name in fields if name.upper() not in ("HASH", "ENCODING")]):
        plain += _escaped(fields[name]) + b"|"
    plain += _escaped(key)
    return base64.b64encode(hashlib.new("sha512", bytes(plain)).digest()).decode("ascii")


def _escaped(value: str) -> bytes:
    return b"".join(b"\\" + bytes([byte]) if byte in b"\\|" else bytes([byte]) for byte in value.encode())


@dataclass
class FakeAcquirer:
    """The page of one acquirer. posted: the forms it took. debited: the orders whose callback we answered with POSTAUTH."""

    key: str = STORE_KEY
    posted: dict[str, dict[str, str]] = field(default_factory=dict)
    debited: list[str] = field(default_factory=list)
    answers: list[tuple[str, int, str]] = field(default_factory=list)

    def open_page(self, fields: dict[str, str]) -> str:
        """Take what a browser posts, as the real page would; returns the order number."""
        if missing := REQUIRED - set(fields):
            raise Refused(f"missing: {missing}")
        if fields["HASH"] != their_hash(fields, self.key):
            raise Refused("hash")
        if any(value != value.strip(PHP_BLANKS) for value in fields.values()):
            raise Refused("blanks")
        if (fields["clientid"], fields["storetype"], fields["hashAlgorithm"]) != (CLIENT_ID, "3D_PAY_HOSTING", "ver3"):
            raise Refused("account")
        if fields["currency"] != "504" or fields["TranType"] != "PreAuth" or fields["lang"] not in ("ar", "fr", "en"):
            raise Refused("terms")
        whole, point, cents = fields["amount"].partition(".")
        if not (whole.isdigit() and point and len(cents) == 2 and cents.isdigit()):
            raise Refused("amount")
        oid = fields["oid"]
        if not (oid.isascii() and oid.isalnum() and len(oid) <= 64) or oid in self.posted:
            raise Refused("oid")
        self.posted[oid] = dict(fields)
        return oid

    def accepted(self, oid: str, /, **changes: str | None) -> dict[str, str]:
        """Return the signed fields of a success; `changes` replace or (None) leave out fields before signing."""
        return self.signed(
            {
                **self.posted[oid],
                "ReturnOid": oid,
                "ProcReturnCode": "00",
                "Response": "Approved",
                "mdStatus": "1",
                "AuthCode": "512903",
                "TransId": "26324KxYz10001",
                "HostRefNum": "632410000777",
                "ErrMsg": "",
                "MaskedPan": "400000***0010",
                "EXTRA.CARDBRAND": "VISA",
                "EXTRA.TRXDATE": "20261120 03:22:01",
            },
            changes,
        )

    def refused(self, oid: str, code: str | None = "51", /, **changes: str | None) -> dict[str, str]:
        """Return the signed fields of a refusal; code None: the confirmation before the card's bank failed."""
        own = {"ReturnOid": oid, "ErrMsg": "Refus de la banque | émettrice", "mdStatus": "1" if code else "0"}
        own |= {"ProcReturnCode": code, "Response": "Declined"} if code else {}
        return self.signed({**self.posted[oid], **own}, changes)

    def signed(self, fields: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
        """Sign fields as the acquirer does, in place of the hash that came."""
        fields = {name: value for name, value in (fields | changes).items() if value is not None and name != "HASH"}
        return fields | {"HASH": their_hash(fields, self.key)}

    def call_back(self, fields: dict[str, str], *, path: str = "/webhooks/cmi") -> str:
        """Send a callback and act on the answer as the acquirer does; returns the answer's text."""
        response = Client().post(path, urlencode(fields), content_type="application/x-www-form-urlencoded")
        text = response.content.decode()
        self.answers.append((text, response.status_code, response.headers["Content-Type"]))
        if text == "ACTION=POSTAUTH":
            self.debited.append(fields.get("oid", ""))
        return text

    def send_browser(self, fields: dict[str, str], client: Client, *, to: str = "okUrl"):
        """Post the result to okUrl or failUrl by the payer's browser, cross-site: no session, no token."""
        path = "/" + fields[to].split("/", 3)[3]
        strict = Client(enforce_csrf_checks=True)
        response = strict.post(path, urlencode(fields), content_type="application/x-www-form-urlencoded")
        return client.get(response.headers["Location"]) if response.status_code == 303 else response
