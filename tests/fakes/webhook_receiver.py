"""A partner's server that runs here: verifies signatures by the Standard Webhooks library, keeps what it took, misbehaves.

with FakeReceiver() as receiver:
    receiver.secrets = [secret]
"""

import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError


class FakeReceiver:
    """The server with its state. trouble: how the next requests go wrong, one each: a status (`500`, `410`, `204`), `silence`,
    `drip` (its headers byte by byte), `slow body`, `reset`, `redirect`, `huge`, `garbage`. A request whose signature none of
    `secrets` verifies is answered 401 and counted in `forged`. certificate: with its key, for https.
    """

    SILENCE = 1.5

    def __init__(self, certificate: Path | None = None) -> None:
        self.certificate = certificate
        self.server_names: list[str] = []
        self.secrets: list[str] = []
        self.trouble: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.forged = 0
        self.requests = 0
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.sent_bytes = 0

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake.answer(self)

            def do_GET(self) -> None:
                fake.answer(self)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        if self.certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self.certificate)
            tls.sni_callback = lambda _socket, name, _context: self.server_names.append(name)
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_port
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.shutdown()
        self.http.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Do one request."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.requests += 1
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        self.bodies.append(body)
        trouble = self.trouble.pop(0) if self.trouble else ""
        if not trouble:
            self._send(handler, 200 if self._verified(handler, body) else 401, b"thanks")
        elif trouble.isdigit():
            self._send(handler, int(trouble), f"trouble {trouble}".encode())
        else:
            self._misbehave(handler, trouble)

    def _verified(self, handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        for secret in self.secrets:
            try:
                event = Webhook(secret).verify(body, dict(handler.headers))
            except WebhookVerificationError:
                continue
            self.taken.append(event)
            self.ids.append(handler.headers["webhook-id"])
            return True
        self.forged += 1
        return False

    def _misbehave(self, handler: BaseHTTPRequestHandler, trouble: str) -> None:
        connection = handler.connection
        try:
            match trouble:
                case "silence":
                    time.sleep(self.SILENCE)
                case "drip":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                    for _ in range(60):
                        connection.sendall(b"x")
                        time.sleep(0.05)
                case "slow body":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthanks")
                    time.sleep(self.SILENCE)
                case "reset":
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
                case "redirect":
                    self._send(handler, 302, b"", {"Location": f"http://127.0.0.1:{self.port}/inside"})
                case "garbage":
                    connection.sendall(b"no http at all\r\n\r\n")
                case "huge":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
                    for _ in range(9000):
                        connection.sendall(b"x" * 100_000)
                        self.sent_bytes += 100_000
        except OSError:
            # The caller has gone, as it should.
            return

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
