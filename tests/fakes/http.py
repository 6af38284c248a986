"""An HTTP server that runs here and can go wrong as told: what the fakes of the providers of messages are made of."""

import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

TROUBLES = frozenset({"500", "503", "429", "silence", "slow", "reset", "garbage", "redirect"})


@dataclass(frozen=True)
class Request:
    """What came in. path: with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class FakeServer:
    """Subclasses answer by `respond`. trouble: how the next requests go wrong, one each (TROUBLES); with `-after` the work is
    done and only the answer is lost. refused: why requests were not as the real server wants them.
    """

    trouble: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    silence: float = 1.5
    url: str = ""

    def respond(self, request: Request) -> tuple[int, object]:
        """Return status and JSON of the answer."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake._answer(self)

            def do_GET(self) -> None:
                fake._answer(self)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        request = Request(handler.command, handler.path, dict(handler.headers.items()), body)
        self.requests.append(request)
        trouble, _, when = (self.trouble.pop(0) if self.trouble else "").partition("-")
        assert trouble in {"", *TROUBLES}, trouble
        work_is_done = not trouble or when == "after" or trouble == "slow"
        status, answer = self.respond(request) if work_is_done else (0, None)
        match trouble:
            case "silence":
                time.sleep(self.silence)
            case "reset":
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
            case "500" | "503":
                self._send(handler, int(trouble), b"<html>oops</html>")
            case "429":
                self._send(handler, 429, b'{"code": 20429, "message": "Too Many Requests"}', {"Retry-After": "30"})
            case "garbage":
                self._send(handler, 200, b"<html>")
            case "redirect":
                self._send(handler, 302, b"", {"Location": f"{self.url}/elsewhere"})
            case "slow":
                time.sleep(0.2)
                self._send(handler, status, json.dumps(answer).encode())
            case _:
                self._send(handler, status, json.dumps(answer).encode())

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
