"""Callers of the API as tests need them: by token, with answers whose numbers are Decimals."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from api.tokens import AccessToken
from leadsmarket.lib.actor import Actor
from leadsmarket.lib.identifiers import new_id


@dataclass(frozen=True)
class Answer:
    """What the API said: status, headers, and the body with numbers as they were written."""

    status: int
    body: Any
    headers: dict[str, str]
    text: str

    @property
    def error(self) -> tuple[int, str]:
        """The status and the code of an error."""
        assert self.body["success"] is False, self.text
        assert set(self.body["error"]) == {"code", "message", "fields"}, self.text
        return self.status, self.body["error"]["code"]

    @property
    def fields(self) -> set[str]:
        """The inputs that an error marks."""
        return set(self.body["error"]["fields"])


@dataclass
class Caller:
    """Somebody who calls the API with a token (or without any)."""

    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """`caller("POST", "leads/create", {...}, idempotency_key="1")`; path below /api/. body: JSON, or text as it is."""
        extra = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        content = {}
        if body is not None:
            text = body if isinstance(body, (str, bytes)) else json.dumps(body, default=_plain)
            content = {"data": text, "content_type": extra.pop("content-type", "application/json")}
        response = self.client.generic(method, f"/api/{path}", headers=extra, **content)
        text = b"".join(response.streaming_content) if response.streaming else response.content
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        parsed = json.loads(text, parse_float=Decimal) if is_json and text else None
        return Answer(response.status_code, parsed, dict(response.headers), text.decode())

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self("POST", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self("PUT", path, {} if body is None else body, **headers)


def _plain(value: object) -> Any:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value))


def caller_of(actor: Actor, language: str = "en") -> Caller:
    """A caller with a fresh access token, who reads English."""
    token = AccessToken.of(actor, new_id())
    return Caller({"authorization": f"Bearer {token}", "accept-language": language})


@pytest.fixture
def stranger(db) -> Caller:
    return Caller({"accept-language": "en"})


@pytest.fixture
def influencer(personas) -> Caller:
    return caller_of(personas.as_influencer)


@pytest.fixture
def merchant(personas) -> Caller:
    return caller_of(personas.as_owner)


@pytest.fixture
def staff(personas) -> Caller:
    return caller_of(personas.as_staff)
