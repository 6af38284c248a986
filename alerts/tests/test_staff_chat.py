"""The chat room of staff, by apprise against a room that runs here."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from alerts.kinds import Kind
from alerts.models import Delivery
from alerts.services import announce, expand_due_events, send_delivery
from leadsmarket.lib.actor import SYSTEM, acting_as


class Room(ThreadingHTTPServer):
    """A chat that takes JSON; status: what it answers."""

    def __init__(self) -> None:
        self.status, self.posts = 200, []
        room = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                room.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(room.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def room(settings):
    with Room() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.STAFF_CHAT_URL = f"json://127.0.0.1:{server.server_port}/secret-path"
        yield server
        server.shutdown()


def problem() -> None:
    with acting_as(SYSTEM):
        announce(Kind.STAFF_PROBLEM, cause="test", data={"problem": "differences", "count": 2, "detail": "two"})
    assert expand_due_events() == 1


def chat() -> list[Delivery]:
    with acting_as(SYSTEM):
        return list(Delivery.objects.filter(channel="chat"))


def test_staff_read_a_problem_in_their_chat_once(people, room):
    problem()
    [delivery] = chat()
    assert send_delivery(delivery.pk) == "sent"

    [post] = room.posts
    assert post["title"] == delivery.subject
    assert post["message"].endswith("/admin/")
    problem_again = {"problem": "differences", "count": 2, "detail": "two"}
    with acting_as(SYSTEM):
        announce(Kind.STAFF_PROBLEM, cause="test", data=problem_again)
    assert expand_due_events() == 0
    assert len(chat()) == 1


def test_a_room_that_refuses_is_asked_again_and_its_address_is_told_nowhere(people, room):
    room.status = 503
    problem()
    [delivery] = chat()

    assert send_delivery(delivery.pk) == "retrying"
    [delivery] = chat()
    assert "secret-path" not in delivery.error


def test_without_a_room_nothing_pretends_to_be_posted(people, settings):
    settings.STAFF_CHAT_URL = ""
    problem()

    assert chat() == []
