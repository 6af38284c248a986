"""Calls to other machines: with an end in time and size, without redirects. Never inside a database transaction.

`call` is for addresses of our settings, `call_partner` for those that people give.
"""

import json
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from django.db import connection

from leadsmarket.lib.addresses import Destination, parse_destination, resolve

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5
LARGEST_ANSWER = 2_000_000
ADDRESSES_TRIED = 3
"""Of a partner's name with several addresses, where no connection comes about."""

Failure = Literal["connect", "tls", "timeout", "broken"]


class NoAnswer(Exception):
    """No complete answer came: whether the other side did anything is unknown. kind: what went wrong, in a word."""

    def __init__(self, message: str, kind: Failure = "broken") -> None:
        self.kind = kind
        super().__init__(message)


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
    started = time.monotonic()
    end = started + seconds
    limits = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    outcome = "no answer"
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
            answer = Answer(response.status_code, _body(response, end))
            outcome = str(answer.status)
            return answer
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The error's text may hold the address; its kind is enough.
        raise NoAnswer(type(error).__name__) from error
    finally:
        _log(method, url, outcome, started)


def _log(method: str, url: str, outcome: str, started: float) -> None:
    # The line bears the id of the request that asked. Paths may hold keys: the host is enough.
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    duration = round((time.monotonic() - started) * 1000, 1)
    logger.info("%s to %s: %s", method, host, outcome, extra={"host": host, "duration_ms": duration})


def _body(response: httpx.Response, end: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if time.monotonic() > end:
            raise NoAnswer("took too long")
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer("answer too large")
    return bytes(body)


def call_partner(
    url: str, *, content: bytes, headers: Mapping[str, str], seconds: float, keep: int, allow_private: bool = False
) -> Answer:
    """POST to an address that somebody gave us; return status and the first `keep` bytes of the answer.

    The name is resolved once and the connection goes to an address that was checked, under the name's certificate; no proxy of
    the environment stands between. seconds: for everything. An answer that goes on for longer, or is larger, counts by its
    status. allow_private: see parse_destination. Raises AddressRefused, NameUnknown, NoAnswer.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a call to another machine inside a transaction")
    end = time.monotonic() + seconds
    destination = parse_destination(url, allow_private=allow_private)
    addresses = resolve(destination, seconds=min(CONNECT_SECONDS, seconds), allow_private=allow_private)
    *others, last = addresses[:ADDRESSES_TRIED]
    for address in others:
        try:
            return _post_to(address, destination, url, content, headers, keep, end)
        except NoAnswer as error:
            if error.kind != "connect":
                raise
    return _post_to(last, destination, url, content, headers, keep, end)


def _post_to(
    address: str, destination: Destination, url: str, content: bytes, headers: Mapping[str, str], keep: int, end: float
) -> Answer:
    seconds = max(end - time.monotonic(), 0.001)
    connection_end = _ConnectionEnd(seconds)
    extensions = {"sni_hostname": destination.host, "trace": connection_end.watch}
    limits = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    target = httpx.URL(url).copy_with(host=address, fragment=None)
    whole_headers = {**headers, "host": destination.authority, "accept-encoding": "identity", "connection": "close"}
    try:
        with (
            connection_end,
            httpx.Client(
                timeout=limits,
                follow_redirects=False,
                trust_env=False,
                verify=_trusted(os.environ.get("SSL_CERT_FILE")),
            ) as client,
            client.stream("POST", target, content=content, headers=whole_headers, extensions=extensions) as response,
        ):
            return Answer(response.status_code, _start_of_body(response, keep))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswer(type(error).__name__, _kind_of(error, connection_end.was_cut)) from error


class _ConnectionEnd:
    """Cuts a connection when its time is over: httpx limits each read, so a server that drips could hold a worker for days."""

    def __init__(self, seconds: float) -> None:
        self.was_cut = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn the socket from httpcore's trace."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    def _cut(self) -> None:
        self.was_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


@cache
def _trusted(_file: str | None) -> ssl.SSLContext:
    """The authorities that we trust: certifi's, or those of SSL_CERT_FILE. Reading them takes longer than a call."""
    return httpx.create_ssl_context()


def _start_of_body(response: httpx.Response, keep: int) -> bytes:
    body = bytearray()
    with suppress(httpx.HTTPError):
        for chunk in response.iter_raw():
            body += chunk
            if len(body) >= keep:
                break
    return bytes(body[:keep])


def _kind_of(error: BaseException, was_cut: bool) -> Failure:
    if was_cut or isinstance(error, httpx.TimeoutException):
        return "timeout"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return "connect" if isinstance(error, httpx.ConnectError) else "broken"
