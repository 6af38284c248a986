"""A Stripe that runs here: checks each request against Stripe's own description, keeps state, signs events, misbehaves.

with FakeStripe() as stripe:
    settings.STRIPE_API_BASE = stripe.url
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import requests
from stripe import WebhookSignature

from tests.fakes.stripe_contract import API_VERSION, FORM, RequestError, operation_for, read_request
from tests.fakes.stripe_state import Declined, StripeState

Object = dict[str, Any]


class Trouble(Enum):
    """How a request can go wrong. BEFORE: nothing was done; AFTER: it was done, only the answer is lost."""

    ERROR_500 = auto()
    ERROR_500_KEPT = auto()
    SILENCE_BEFORE = auto()
    SILENCE_AFTER = auto()
    RESET_BEFORE = auto()
    RESET_AFTER = auto()
    GARBAGE = auto()


BEFORE = (Trouble.ERROR_500, Trouble.SILENCE_BEFORE, Trouble.RESET_BEFORE, Trouble.GARBAGE)


@dataclass
class Seen:
    """One request as it came: `POST /v1/refunds`, its parameters with their types, its idempotency key."""

    line: str
    params: Object
    key: str


@dataclass
class Kept:
    """The first answer under an idempotency key."""

    request: tuple[str, str]
    status: int
    body: Object
    is_running: bool = True


@dataclass
class FakeStripe:
    """The server with its state; `state` has what a merchant, a bank or staff at Stripe would do."""

    key: str = "sk_test_fake_51"
    secret: str = "whsec_fake_secret"
    seen: list[Seen] = field(default_factory=list)
    refused: list[Object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = StripeState()
        self.lock = threading.RLock()
        self.kept: dict[str, Kept] = {}
        self.troubles: list[tuple[str, Trouble]] = []
        self.closing = threading.Event()
        self.slowness = 0.0
        self._events = count(1)

    def __enter__(self) -> Self:
        fake = self

        class Handler(_Handler):
            stripe = fake

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_error: object) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def make_trouble(self, line: str, *troubles: Trouble) -> None:
        """Let the next requests `POST /v1/…` (a prefix) go wrong, one trouble each."""
        self.troubles += [(line, trouble) for trouble in troubles]

    def lines(self, start: str) -> list[Seen]:
        """Return the requests that began like this."""
        return [seen for seen in self.seen if seen.line.startswith(start)]

    def event(self, event_type: str, about: Object, *, livemode: bool = False) -> Object:
        """Return an event about an object as it is now."""
        return {
            "id": f"evt_{next(self._events):06d}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "livemode": livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": event_type,
            "data": {"object": deepcopy(about)},
        }

    def signed(
        self, event: Object, *, secret: str | None = None, age: int = 0, cut: int = 0
    ) -> tuple[bytes, dict[str, str]]:
        """Return body and header of the webhook request. secret: another one forges it; age: in seconds; cut: bytes lost
        after signing.
        """
        body = json.dumps(event, indent=2)
        header = WebhookSignature.generate_signature_header(
            body, self.secret if secret is None else secret, int(time.time()) - age
        )
        return body.encode()[: len(body.encode()) - cut], {"stripe-signature": header}

    def send(self, url: str, *events: Object, **signing: Any) -> list[int]:
        """Send events to a webhook's address as Stripe would; returns the statuses of the answers."""
        statuses = []
        for event in events:
            body, headers = self.signed(event, **signing)
            headers["Content-Type"] = "application/json; charset=utf-8"
            statuses.append(requests.post(url, body, headers=headers, timeout=10).status_code)
        return statuses

    def answer(self, method: str, target: str, headers: Any, body: str) -> tuple[int, Object, dict[str, str]]:
        """Do one request and return status, body, extra headers."""
        try:
            self._check_headers(method, headers)
            path, query = urlsplit(target).path, urlsplit(target).query
            template, operation, arguments = operation_for(method, path)
            params = read_request(operation, query, body)
            key = headers.get("Idempotency-Key", "")
            self.seen.append(Seen(f"{method} {path}", params, key))
            if method == "GET":
                with self.lock:
                    return 200, self.state.do(method, template, arguments, params), {}
            return self._once(key, (path, body), lambda: self.state.do(method, template, arguments, params))
        except RequestError as error:
            self.refused.append(error.error)
            return error.status, {"error": error.error}, {}

    def _check_headers(self, method: str, headers: Any) -> None:
        if headers.get("Authorization") != f"Bearer {self.key}":
            raise RequestError("", "Invalid API Key provided", status=401)
        if headers.get("Stripe-Version") != API_VERSION:
            raise RequestError("", f"Unexpected version {headers.get('Stripe-Version')}")
        if method == "POST":
            if not headers.get("Content-Type", "").startswith(FORM):
                raise RequestError("", "Not a form")
            if not 0 < len(headers.get("Idempotency-Key", "")) <= 255:
                raise RequestError("", "An idempotency key has 1 to 255 characters")

    def _once(self, key: str, request: tuple[str, str], do: Any) -> tuple[int, Object, dict[str, str]]:
        with self.lock:
            kept = self.kept.get(key)
            if kept is not None:
                if kept.request != request:
                    raise _idempotency_error("Keys for idempotent requests can only be used with the same parameters.")
                if kept.is_running:
                    raise _idempotency_error("There is another request in progress with this key.", status=409)
                return kept.status, deepcopy(kept.body), {"Idempotent-Replayed": "true"}
            kept = self.kept[key] = Kept(request, 0, {})
        time.sleep(self.slowness)
        with self.lock:
            try:
                kept.status, kept.body = 200, do()
            except Declined as declined:
                kept.status, kept.body = 402, {"error": declined.error}
            except RequestError:
                # Nothing is kept of what was refused before it began.
                del self.kept[key]
                raise
            if self.take_trouble(f"POST {request[0]}", (Trouble.ERROR_500_KEPT,)):
                kept.status, kept.body = 500, {"error": {"type": "api_error", "message": "Something broke."}}
            kept.is_running = False
            return kept.status, deepcopy(kept.body), {}

    def take_trouble(self, line: str, kinds: tuple[Trouble, ...]) -> Trouble | None:
        """Return the next trouble of these kinds that is meant for a request, and forget it."""
        with self.lock:
            for number, (start, trouble) in enumerate(self.troubles):
                if line.startswith(start):
                    if trouble in kinds:
                        del self.troubles[number]
                        return trouble
                    return None
        return None


def _idempotency_error(message: str, status: int = 400) -> RequestError:
    error = RequestError("idempotency_key_in_use", message, status=status)
    error.error["type"] = "idempotency_error"
    return error


class _Handler(BaseHTTPRequestHandler):
    stripe: ClassVar[FakeStripe]

    def do_GET(self) -> None:
        self._serve("")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _serve(self, body: str) -> None:
        line = f"{self.command} {self.path}"
        trouble = self.stripe.take_trouble(line, BEFORE)
        if trouble is Trouble.ERROR_500:
            return self._send(500, {"error": {"type": "api_error", "message": "Something broke."}}, {})
        if trouble is Trouble.GARBAGE:
            return self._send(200, None, {})
        if trouble is not None:
            return self._vanish(reset=trouble is Trouble.RESET_BEFORE)
        answer = self.stripe.answer(self.command, self.path, self.headers, body)
        trouble = self.stripe.take_trouble(line, (Trouble.SILENCE_AFTER, Trouble.RESET_AFTER))
        if trouble is not None:
            return self._vanish(reset=trouble is Trouble.RESET_AFTER)
        return self._send(*answer)

    def _send(self, status: int, body: Object | None, headers: dict[str, str]) -> None:
        content = b"<html>bad gateway" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Request-Id": "req_1", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _vanish(self, *, reset: bool) -> None:
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.stripe.closing.wait(5)
        self.close_connection = True
        self.connection.close()


@contextmanager
def fake_stripe(settings: Any) -> Iterator[FakeStripe]:
    """Run a fake with the Stripe settings pointing at it."""
    with FakeStripe() as stripe:
        settings.STRIPE_SECRET_KEY = stripe.key
        settings.STRIPE_WEBHOOK_SECRET = stripe.secret
        settings.STRIPE_API_BASE = stripe.url
        settings.STRIPE_TIMEOUT_SECONDS = 0.4
        yield stripe
