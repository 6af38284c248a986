"""Twilio's Messages API, run here: checks each request as the real one would, keeps messages, signs callbacks, misbehaves.

with FakeTwilio() as server:
    settings.TWILIO_API_BASE = server.url

A number ending in 000 and an error's code is refused with it: +212600021211 with 21211.
"""

import hmac
import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import count
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.fakes.http import FakeServer, Request

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "fake-auth-token"
FROM = "+212520000000"
SERVICE = "MG" + "0" * 31 + "1"
MAGIC = re.compile(r"\+212[67]000(\d{5})")
REFUSALS = {
    "21211": "Invalid 'To' Phone Number",
    "21408": "Permission to send an SMS has not been enabled for the region",
    "21610": "Attempt to send to unsubscribed recipient",
    "21612": "The 'To' phone number is not currently reachable",
    "21614": "'To' number is not a valid mobile number",
    "21635": "'To' number cannot be a landline",
}
FIELDS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ContentSid", "ContentVariables"}


@dataclass
class FakeTwilio(FakeServer):
    """messages: those it took, by sid, with their form. contents: how many variables each ContentSid has."""

    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    contents: dict[str, int] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def taken(self) -> list[dict[str, str]]:
        """The messages in order."""
        return list(self.messages.values())

    def respond(self, request: Request) -> tuple[int, object]:
        log_in = f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"
        if request.headers.get("Authorization") != log_in:
            return self._refuse(401, 20003, "Authenticate")
        if (request.method, request.path) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT}.json"):
            return 200, {"sid": ACCOUNT, "status": "active"}
        if request.method != "POST" or request.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return self._refuse(404, 20404, "The requested resource was not found")
        if request.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self._refuse(415, 20415, "content type")
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        if len(pairs) != len(form) or (unknown := set(form) - FIELDS):
            return self._refuse(400, 20001, f"unknown: {unknown}")
        wrong = self._wrong(form)
        if wrong:
            return self._refuse(400, *wrong)
        sid = f"SM{next(self._numbers):032x}"
        self.messages[sid] = form | {"sid": sid}
        return 201, {"sid": sid, "status": "queued", "to": form["To"], "error_code": None, "error_message": None}

    def _wrong(self, form: dict[str, str]) -> tuple[int, str] | None:
        to = form.get("To", "")
        on_whatsapp = to.startswith("whatsapp:")
        number = to.removeprefix("whatsapp:")
        if not re.fullmatch(r"\+[1-9]\d{7,14}", number):
            return 21211, REFUSALS["21211"]
        if (magic := MAGIC.fullmatch(number)) and magic.group(1) in REFUSALS:
            return int(magic.group(1)), REFUSALS[magic.group(1)]
        if ("From" in form) == ("MessagingServiceSid" in form):
            return 21603, "A 'From' phone number is required"
        if "From" in form and form["From"] != (f"whatsapp:{FROM}" if on_whatsapp else FROM):
            return 21606, "The 'From' phone number is not valid for this account"
        if form.get("MessagingServiceSid", SERVICE) != SERVICE:
            return 21701, "The Messaging Service does not exist"
        callback = urlsplit(form.get("StatusCallback", ""))
        if callback.scheme not in ("http", "https") or not callback.hostname:
            return 21609, "Invalid 'StatusCallback'"
        return self._wrong_content(form) if "ContentSid" in form or on_whatsapp else self._wrong_body(form)

    def _wrong_body(self, form: dict[str, str]) -> tuple[int, str] | None:
        if not form.get("Body", "").strip():
            return 21602, "Message body is required"
        if len(form["Body"]) > 1600:
            return 21617, "The concatenated message body exceeds the 1600 character limit"
        return None

    def _wrong_content(self, form: dict[str, str]) -> tuple[int, str] | None:
        if form.get("ContentSid") not in self.contents:
            return 63016, "Outside the allowed window; use a template"
        variables = json.loads(form.get("ContentVariables", "{}"))
        places = [str(place) for place in range(1, self.contents[form["ContentSid"]] + 1)]
        if list(variables) != places or not all(isinstance(value, str) and value for value in variables.values()):
            return 21656, "The ContentVariables parameter is invalid"
        return None

    def callback(self, sid: str, status: str, error_code: str = "") -> tuple[str, dict[str, str], dict[str, str]]:
        """Return address (path and query), form and headers of a status callback, signed for the address that came along."""
        message = self.messages[sid]
        values = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message["To"],
            "From": message.get("From", FROM),
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
        } | ({"ErrorCode": error_code} if error_code else {})
        return signed(message["StatusCallback"], values)

    def _refuse(self, status: int, code: int, why: str) -> tuple[int, object]:
        self.refused.append(f"{code} {why}")
        about = f"https://www.twilio.com/docs/errors/{code}"
        return status, {"code": code, "message": why, "more_info": about, "status": status}


def reply(site: str, sender: str, text: str, **changes: str) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return address, form and headers of what a person answered."""
    values = {"MessageSid": "SMreply", "SmsStatus": "received", "From": sender, "To": FROM, "Body": text} | changes
    return signed(f"{site}/webhooks/twilio", values)


def signed(url: str, values: dict[str, str], token: str = TOKEN) -> tuple[str, dict[str, str], dict[str, str]]:
    """Sign a request as Twilio does: HMAC-SHA1 over the address and the sorted fields."""
    said = url + "".join(name + values[name] for name in sorted(values))
    digest = hmac.digest(token.encode(), said.encode(), sha1)
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path, values, {"X-Twilio-Signature": b64encode(digest).decode()}


def delivery_in(message: dict[str, str]) -> str:
    """The id that a message's callback address carries."""
    return parse_qs(urlsplit(message["StatusCallback"]).query)["delivery"][0]
