"""What every open page asks for every 30 s (bell, gauge card) beside a null view of the same server (goal: quality.md).

Two granian workers, as script/server starts them, 8 connections. The polls carry the ETag of their last answer, as a browser's
do while nothing is new. The null view is /healthz: Django's routing and nothing else, no session, no database.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.urls import reverse

from accounts.models import Membership, User
from bench.measure import Comparison, compare
from bench.world import bench_database
from deposits.models import Deposit
from leadsmarket.lib.actor import SYSTEM, acting_as

CONNECTIONS = 8
GOAL = 0.4
TO_HTMX = "HX-Request: true\r\n"


def run(*, rounds: int, seconds: int) -> list[Comparison]:
    """Compare the bell's and the gauge card's poll, unchanged, with the null view."""
    with bench_database(merchants=1000, leads=0) as name:
        cookie, deposit = log_in()
        connections["default"].close()
        with served(name) as port:
            floor = request("/healthz")
            polls = {
                "bell": poll(port, reverse("alerts:bell"), cookie),
                "gauge card": poll(port, reverse("deposits:gauge", args=[deposit.pk]), cookie),
            }
            return [
                compare(
                    f"poll of the {label}, unchanged",
                    candidate=lambda message=message: answers_per_second(port, message, b"304", seconds),
                    floor=lambda: answers_per_second(port, floor, b"200", seconds),
                    goal=GOAL,
                    rounds=rounds,
                )
                for label, message in polls.items()
            ]


def log_in() -> tuple[str, Deposit]:
    """Make a merchant's owner with a session; return its cookie and the deposit."""
    with acting_as(SYSTEM):
        deposit = Deposit.objects.order_by("pk")[0]
        user = User.objects.create_user("polls@bench.test", "bench", role="merchant", language="fr")
        Membership.objects.create(user=user, merchant_id=deposit.merchant_id, role="owner")
        session = SessionStore()
        session.update(
            {
                SESSION_KEY: str(user.pk),
                BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                HASH_SESSION_KEY: user.get_session_auth_hash(),
            }
        )
        session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}", deposit


@contextmanager
def served(database: str) -> Iterator[int]:
    """Serve the site on the database of the benchmark; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"DEBUG": "0"}
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment[variable] = urlunsplit(urlsplit(environment[variable])._replace(path=f"/{database}"))
    granian = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--workers", "2"]
    granian += ["--blocking-threads", "2", "--no-ws", "--no-log", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([*granian, "leadsmarket.wsgi:application"], env=environment) as server:
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    for _attempt in range(300):
        if server.poll() is not None:
            break
        try:
            with Browser(port) as browser:
                if browser.ask(request("/healthz")).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def request(path: str, headers: str = "") -> bytes:
    """Return a request as it goes over the wire; headers: lines that end with CRLF."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


def poll(port: int, path: str, cookie: str) -> bytes:
    """Ask once, and return the request that a browser sends from then on: with its cookies and the ETag."""
    cookies = [cookie]
    with Browser(port) as browser:
        head = browser.ask(request(path, f"{TO_HTMX}Cookie: {cookie}\r\n")).decode()
    lines = [line.partition(": ")[::2] for line in head.split("\r\n\r\n")[0].split("\r\n")[1:]]
    cookies += [value.split(";")[0] for header, value in lines if header.lower() == "set-cookie"]
    etags = [value for header, value in lines if header.lower() == "etag"]
    if not etags:
        raise RuntimeError(f"{path} answered without an ETag:\n{head[:400]}")
    return request(path, f"{TO_HTMX}Cookie: {'; '.join(cookies)}\r\nIf-None-Match: {etags[0]}\r\n")


def answers_per_second(port: int, message: bytes, status: bytes, seconds: int) -> float:
    """Return the rate of answers on all connections; each must have the status."""
    counts: list[int] = []
    threads = [Thread(target=_ask_until, args=(port, message, status, seconds, counts)) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) != CONNECTIONS:
        raise RuntimeError("an answer had another status")
    return sum(counts) / (time.perf_counter() - started)


def _ask_until(port: int, message: bytes, status: bytes, seconds: int, counts: list[int]) -> None:
    count, end = 0, time.perf_counter() + seconds
    with Browser(port) as browser:
        while time.perf_counter() < end:
            if browser.ask(message)[9:12] != status:
                return
            count += 1
    counts.append(count)


class Browser:
    """One kept connection; as little of HTTP as the answers here need, so that the client costs little beside the server."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def ask(self, message: bytes) -> bytes:
        """Send a request and return the whole answer."""
        self.socket.sendall(message)
        answer = b""
        while not _is_whole(answer):
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("the server closed the connection")
            answer += piece
        return answer


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or head[9:12] == b"304":
        return bool(end)
    head = head.lower()
    if b"\r\ntransfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= int(head.partition(b"\r\ncontent-length: ")[2].split(b"\r\n")[0] or 0)
