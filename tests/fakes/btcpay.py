"""A BTCPay Server that runs here: checks each request as the real one would, keeps invoices, signs events, misbehaves.

with FakeBtcpay() as server:
    settings.BTCPAY_URL = server.url
"""

import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

STORE_ID = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776"
API_KEY = "fake-api-key"
SECRET = "btc-Sécret-01"

Invoice = dict[str, Any]


class FakeBtcpay:
    """The server with its state. trouble: how the next requests go wrong, one each (`500`, `silence`, `reset`, `garbage`,
    `redirect`; with `-after` the work is done and only the answer is lost).
    """

    def __init__(self) -> None:
        self.invoices: dict[str, Invoice] = {}
        self.requests: list[str] = []
        self.refused: list[str] = []
        self.trouble: list[str] = []
        self.knows_filter = True
        self._numbers = count(1)

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            server = fake

            def do_GET(self) -> None:
                fake.answer(self)

            def do_POST(self) -> None:
                fake.answer(self)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.shutdown()
        self.http.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Do one request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests.append(f"{handler.command} {urlsplit(handler.path).path.rpartition('/stores/')[2]}")
        trouble, _, when = (self.trouble.pop(0) if self.trouble else "").partition("-")
        status, answer = (0, None) if trouble and not when else self._do(handler, body)
        match trouble:
            case "silence":
                time.sleep(1.5)
            case "reset":
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
            case "500":
                self._send(handler, 500, b"oops")
            case "garbage":
                self._send(handler, 200, b"<html>")
            case "redirect":
                self._send(handler, 302, b"", {"Location": f"{self.url}/api/v1/stores/{STORE_ID}/invoices"})
            case _:
                self._send(handler, status, json.dumps(answer).encode())

    def pay(self, invoice_id: str, status: str = "Settled", additional: str = "None") -> Invoice:
        """Let an invoice come to a state."""
        invoice = self.invoices[invoice_id]
        invoice |= {"status": status, "additionalStatus": additional}
        return invoice

    def event(self, kind: str, invoice_id: str, **changes: object) -> dict[str, object]:
        """Return the payload of an event about an invoice."""
        delivery = f"D{next(self._numbers)}"
        invoice = self.invoices.get(invoice_id, {"metadata": {}})
        return {
            "deliveryId": delivery,
            "webhookId": "W1",
            "originalDeliveryId": delivery,
            "isRedelivery": False,
            "type": kind,
            "timestamp": int(time.time()),
            "storeId": STORE_ID,
            "invoiceId": invoice_id,
            "metadata": invoice["metadata"],
        } | changes

    def redelivery(self, event: dict[str, object]) -> dict[str, object]:
        """Return the same event sent again: a new delivery with the original's id."""
        return event | {"deliveryId": f"D{next(self._numbers)}", "isRedelivery": True}

    def signed(self, event: dict[str, object], *, secret: str = SECRET, cut: int = 0) -> tuple[bytes, dict[str, str]]:
        """Return body and header of a webhook request. secret: another one forges it; cut: bytes lost after signing."""
        body = json.dumps(event, indent=2, ensure_ascii=False).encode()
        digest = hmac.digest(secret.encode(), body, hashlib.sha256).hex()
        return body[: len(body) - cut], {"btcpay-sig": f"sha256={digest}"}

    def _do(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, object]:
        if handler.headers.get("Authorization") != f"token {API_KEY}":
            return self._refuse(401, "token")
        parts = urlsplit(handler.path)
        start = f"/api/v1/stores/{STORE_ID}/invoices"
        if not parts.path.startswith(start):
            return self._refuse(403, "store")
        invoice_id = parts.path.removeprefix(start).strip("/")
        if handler.command == "POST" and not invoice_id:
            return self._create(handler, body)
        if handler.command == "GET" and invoice_id:
            found = self.invoices.get(invoice_id)
            return (
                (200, found) if found else (404, {"code": "invoice-not-found", "message": "The invoice was not found"})
            )
        if handler.command == "GET":
            wanted = parse_qs(parts.query).get("orderId") if self.knows_filter else None
            every = self.invoices.values()
            return 200, [one for one in every if not wanted or one["metadata"].get("orderId") in wanted]
        return self._refuse(405, "method")

    def _create(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, object]:
        if handler.headers.get("Content-Type") != "application/json":
            return self._refuse(415, "content type")
        asked = json.loads(body)
        amount = asked.get("amount")
        if not isinstance(amount, str) or "." not in amount or float(amount) <= 0:
            # The real server takes an invoice without an amount: for any payment. Never what we want.
            return self._refuse(400, "amount")
        if asked.get("currency") != "MAD" or not asked.get("metadata", {}).get("orderId"):
            return self._refuse(400, "currency or orderId")
        if unknown := set(asked) - {"amount", "currency", "metadata", "checkout"}:
            return self._refuse(400, f"unknown: {unknown}")
        if unknown := set(asked["checkout"]) - {
            "expirationMinutes",
            "redirectURL",
            "redirectAutomatically",
            "speedPolicy",
        }:
            return self._refuse(400, f"unknown: {unknown}")
        invoice_id = f"Inv{next(self._numbers):08d}"
        now = int(time.time())
        self.invoices[invoice_id] = {
            "id": invoice_id,
            "storeId": STORE_ID,
            "amount": amount,
            "currency": "MAD",
            "metadata": asked["metadata"],
            "checkout": asked["checkout"],
            "checkoutLink": f"{self.url}/i/{invoice_id}",
            "status": "New",
            "additionalStatus": "None",
            "createdTime": now,
            "expirationTime": now + asked["checkout"]["expirationMinutes"] * 60,
            "paidAmount": "0",
        }
        return 200, self.invoices[invoice_id]

    def _refuse(self, status: int, why: str) -> tuple[int, object]:
        self.refused.append(why)
        return status, [{"path": why, "message": f"refused: {why}"}]

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
