"""Calls to other machines: with an end in time and size, without redirects. Never inside a database transaction."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from django.db import connection

CONNECT_SECONDS = 5
LARGEST_ANSWER = 2_000_000


class NoAnswer(Exception):
    """No complete answer came: whether the other side did anything is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON. Raises NoAnswer where it is none (a proxy's error page, a cut-off answer)."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NoAnswer(f"status {self.status}, no JSON") from error


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json_body: object = None,
    form: Mapping[str, str] | None = None,
    content: bytes | None = None,
    user_and_password: tuple[str, str] | None = None,
    seconds: float = 10,
) -> Answer:
    """Send one request and return its answer, whatever its status; a redirect is an answer too.

    json_body, form or content: the body, one of them. seconds: for the whole call, so that a server that drips its answer can't
    hold a worker. Raises NoAnswer.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a call to another machine inside a transaction")
    end = time.monotonic() + seconds
    limits = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    try:
        with (
            httpx.Client(timeout=limits, follow_redirects=False) as client,
            client.stream(
                method,
                url,
                headers=headers,
                params=params,
                json=json_body,
                data=form,
                content=content,
                auth=user_and_password,
            ) as response,
        ):
            return Answer(response.status_code, _body(response, end))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The error's text may hold the address; its kind is enough.
        raise NoAnswer(type(error).__name__) from error


def _body(response: httpx.Response, end: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if time.monotonic() > end:
            raise NoAnswer("took too long")
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer("answer too large")
    return bytes(body)
