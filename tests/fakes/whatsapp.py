"""Meta's WhatsApp Business Cloud API, run here: checks each request as the real one would, keeps messages, signs webhooks.

with FakeWhatsApp() as server:
    settings.WHATSAPP_API_BASE = server.url

A number ending in an error's code is refused with it: +212600131026 with 131026.
"""

import hmac
import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

from tests.fakes.http import FakeServer, Request

TOKEN = "fake-system-user-token"
PHONE_ID = "106540352242922"
SECRET = "fake-app-secret"
MAGIC = re.compile(r"\+212[67]00(\d{6})")
REFUSALS = {
    "130429": (400, "Rate limit hit"),
    "131026": (400, "Message undeliverable"),
    "131042": (400, "Business eligibility payment issue"),
    "131047": (400, "Re-engagement message"),
    "131049": (400, "This message was not delivered to maintain healthy ecosystem engagement."),
    "132015": (400, "Template is paused"),
}
TEMPLATES = {
    "leadsmarket_deposit_level": 6,
    "leadsmarket_deposit_depleted": 4,
    "leadsmarket_new_leads": 2,
    "leadsmarket_notice": 2,
}


@dataclass
class FakeWhatsApp(FakeServer):
    """messages: those it took, by wamid. templates: registered names with the number of their values, in `languages`."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: dict[str, int] = field(default_factory=lambda: dict(TEMPLATES))
    languages: tuple[str, ...] = ("fr", "en", "ar")
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The messages in order."""
        return list(self.messages.values())

    def respond(self, request: Request) -> tuple[int, object]:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._refuse(401, 190, "Error validating access token")
        if (request.method, request.path) == ("GET", f"/{PHONE_ID}?fields=id"):
            return 200, {"id": PHONE_ID}
        if request.method != "POST" or request.path != f"/{PHONE_ID}/messages":
            return self._refuse(400, 100, "Object does not exist")
        if request.headers.get("Content-Type") != "application/json":
            return self._refuse(400, 100, "content type")
        message = json.loads(request.body)
        wrong = self._wrong(message)
        if wrong:
            return self._refuse(*wrong)
        wamid = f"wamid.HBgM{next(self._numbers):08d}"
        self.messages[wamid] = message | {"id": wamid}
        return 200, {
            "messaging_product": "whatsapp",
            "contacts": [{"input": message["to"], "wa_id": message["to"].lstrip("+")}],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }

    def _wrong(self, message: dict[str, Any]) -> tuple[int, int, str] | None:
        fixed = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": "template"}
        if set(message) != {*fixed, "to", "template", "biz_opaque_callback_data"}:
            return 400, 100, f"Unexpected keys {sorted(message)}"
        if any(message[key] != value for key, value in fixed.items()) or len(message["biz_opaque_callback_data"]) > 512:
            return 400, 100, "Invalid parameter"
        if not re.fullmatch(r"\+[1-9]\d{7,14}", message["to"]):
            return 400, 131009, "Parameter value is not valid"
        if (magic := MAGIC.fullmatch(message["to"])) and magic.group(1) in REFUSALS:
            status, said = REFUSALS[magic.group(1)]
            return status, int(magic.group(1)), said
        return self._wrong_template(message["template"])

    def _wrong_template(self, template: dict[str, Any]) -> tuple[int, int, str] | None:
        if template["name"] not in self.templates or template["language"]["code"] not in self.languages:
            return 404, 132001, "Template does not exist in the translation"
        [component] = template["components"]
        values = component["parameters"]
        if component["type"] != "body" or len(values) != self.templates[template["name"]]:
            return 400, 132000, "Number of parameters does not match the expected number of params"
        if any(value["type"] != "text" or not value["text"].strip() for value in values):
            return 400, 131008, "Required parameter is missing"
        if any(re.search(r"[\n\t]| {5}", value["text"]) for value in values):
            return 400, 132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        return None

    def status(self, wamid: str, status: str, code: int = 0, said: str = "") -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a webhook that tells where a message is."""
        message = self.messages[wamid]
        told: dict[str, Any] = {
            "id": wamid,
            "status": status,
            "timestamp": "1763600000",
            "recipient_id": message["to"].lstrip("+"),
            "biz_opaque_callback_data": message["biz_opaque_callback_data"],
        }
        if code:
            told["errors"] = [{"code": code, "title": said, "message": said, "error_data": {"details": said}}]
        return signed({"statuses": [told]})

    def _refuse(self, status: int, code: int, why: str) -> tuple[int, object]:
        self.refused.append(f"{code} {why}")
        about = {"messaging_product": "whatsapp", "details": why}
        return status, {
            "error": {
                "message": f"(#{code}) {why}",
                "type": "OAuthException",
                "code": code,
                "error_data": about,
                "fbtrace_id": "A1",
            }
        }


def reply(sender: str, text: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook with what a person wrote. sender: as Meta writes numbers, without plus."""
    message = {"from": sender, "id": "wamid.in", "timestamp": "1763600000", "type": "text", "text": {"body": text}}
    return signed({"contacts": [{"wa_id": sender, "profile": {"name": "Nadia"}}], "messages": [message]})


def signed(value: object, *, secret: str = SECRET, cut: int = 0) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook. secret: another one forges it; cut: bytes lost after signing."""
    about = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": PHONE_ID}}
    value = about | value if isinstance(value, dict) else value
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    digest = hmac.digest(secret.encode(), body, sha256).hex()
    return body[: len(body) - cut], {"X-Hub-Signature-256": f"sha256={digest}"}
