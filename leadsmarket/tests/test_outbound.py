"""Calls to other machines end in time, stay small, follow nothing and never run inside a transaction."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import transaction

from leadsmarket.lib.outbound import NoAnswer, call

Answering = Callable[[socket.socket], None]


@contextmanager
def server(answer: Answering) -> Iterator[str]:
    """A server that reads one request and lets `answer` do what it wants with the connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening:
            connection, _address = listening.accept()
            with connection:
                connection.recv(65536)
                # The caller may have gone, as it should.
                with suppress(OSError):
                    answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    thread.join(10)


def sends(text: str) -> Answering:
    return lambda connection: connection.sendall(text.encode())


def drips(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(40):
        connection.sendall(b"x")
        time.sleep(0.05)


def floods(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
    for _ in range(90):
        connection.sendall(b"x" * 100_000)


def test_an_answer_is_returned_whatever_its_status():
    with server(sends('HTTP/1.1 418 No\r\nContent-Length: 7\r\n\r\n{"a":1}')) as url:
        answer = call("POST", url, json_body={"b": 2})

    assert (answer.status, answer.json()) == (418, {"a": 1})


def test_a_call_leaves_a_line_with_host_and_outcome_and_no_path(caplog):
    caplog.set_level("INFO", "leadsmarket.lib.outbound")
    with server(sends("HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n")) as url:
        call("GET", f"{url}/key/abc?token=abc")
    with pytest.raises(NoAnswer):
        call("GET", "http://127.0.0.1:1/key/abc")

    lines = [record.getMessage() for record in caplog.records if record.name == "leadsmarket.lib.outbound"]
    assert lines == ["GET to 127.0.0.1: 418", "GET to 127.0.0.1: no answer"]


def test_a_redirect_is_an_answer_and_not_followed():
    with server(sends("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")) as url:
        assert call("GET", url).status == 302


@pytest.mark.parametrize(
    "answer",
    [
        drips,
        floods,
        lambda connection: time.sleep(1),
        lambda connection: None,
        sends("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut off"),
        sends("no http at all\r\n\r\n"),
    ],
)
def test_what_is_no_whole_answer_in_time(answer):
    begin = time.monotonic()

    with server(answer) as url, pytest.raises(NoAnswer):
        call("GET", url, seconds=0.5)

    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://nobody.invalid/", "ftp://x/", "no address", ""])
def test_nobody_there(url):
    with pytest.raises(NoAnswer):
        call("GET", url, seconds=2)


def test_a_page_where_json_was_expected_is_no_answer():
    with server(sends("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")) as url, pytest.raises(NoAnswer):
        call("GET", url).json()


@pytest.mark.django_db
def test_never_inside_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError):
        call("GET", "http://127.0.0.1:1/")
