"""Lines of the log: their form, what is masked, the id that ties a request's lines together, a file that rotates."""

import io
import json
import logging
import multiprocessing
from pathlib import Path

import pytest

from leadsmarket.celery import app
from leadsmarket.lib.logs import (
    PlainFormatter,
    SharedRotatingFileHandler,
    begin_request,
    current_request_id,
    end_request,
    json_formatter,
)
from leadsmarket.lib.masking import MaskingFilter
from leadsmarket.settings.environment import Environment
from leadsmarket.settings.logging import logging_settings


@pytest.fixture
def lines():
    """Write through a logger as production does; returns the lines as read from JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_formatter())
    handler.addFilter(MaskingFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    requests = logging.getLogger("leadsmarket.requests")
    requests.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    requests.setLevel(logging.WARNING)
    root.removeHandler(handler)


def test_a_line_is_one_json_object_masked_and_in_utc(lines):
    begin_request("abcdef0123456789")
    try:
        logging.getLogger("leads").warning(
            "lead of %s (%s)", "amina@exemple.ma", "+212612345678", extra={"status": 409, "customer_email": "a@b.ma"}
        )
    finally:
        end_request()

    [line] = lines()
    assert line["level"] == "warning"
    assert line["logger"] == "leads"
    assert line["request_id"] == "abcdef0123456789"
    assert line["status"] == 409
    assert line["timestamp"].endswith("Z")
    assert line["event"] == "lead of a•••@exemple.ma (+2126•••••78)"
    assert line["customer_email"] == "a•••@b.ma"


def test_an_exception_stays_on_its_line_and_is_masked(lines):
    try:
        raise ValueError("no campaign for amina@exemple.ma")
    except ValueError:
        logging.getLogger("leads").exception("refused")

    [line] = lines()
    assert "ValueError: no campaign for a•••@exemple.ma" in line["exception"]
    assert "amina@" not in json.dumps(line)


def test_what_a_task_was_given_is_not_logged(lines):
    given = {"id": "1", "name": "accounts.tasks.send", "kwargs": "{'text': 'Bonjour Amina, voici votre lien'}"}
    logging.getLogger("celery.app.trace").warning("Task %(name)s[%(id)s] failed", given, extra={"data": given})

    [line] = lines()
    assert line["event"] == "Task accounts.tasks.send[1] failed"
    assert "Amina" not in json.dumps(line)


def test_plain_lines_have_utc_and_the_id():
    record = logging.LogRecord("leads", logging.INFO, "", 0, "hello", (), None)
    record.created = 0.25
    record.msecs = 250
    begin_request("abcdef0123456789")
    try:
        with_id = PlainFormatter().format(record)
    finally:
        end_request()

    assert with_id == "1970-01-01T00:00:00.250Z INFO leads hello [abcdef0123456789]"
    assert PlainFormatter().format(record) == "1970-01-01T00:00:00.250Z INFO leads hello"


def test_a_request_has_one_line_without_its_query(client, db, lines):
    answer = client.get("/terms/?email=amina@exemple.ma", REMOTE_ADDR="203.0.113.9")

    [line] = [line for line in lines() if line["logger"] == "leadsmarket.requests"]
    assert line["request_id"] == answer["X-Request-ID"]
    assert len(line["request_id"]) == 32
    assert (line["event"], line["view"], line["status"]) == ("GET /terms/ 200", "terms", 200)
    assert (line["ip"], line["user_id"]) == ("203.0.113.9", None)
    assert line["duration_ms"] > 0
    assert "amina" not in json.dumps(line)


def test_the_line_names_who_was_logged_in(personas, client_of, lines):
    client_of(personas.owner).get("/settings/")

    line = [line for line in lines() if line["logger"] == "leadsmarket.requests"][-1]
    assert line["user_id"] == str(personas.owner.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "is_kept"),
    [
        (0, "feedfacefeedface", False),
        (1, "feedfacefeedface", True),
        (1, "short", False),
        (1, "with a space and more", False),
        (1, "x" * 65, False),
        (1, "newline\\nLeadsmarket", False),
    ],
)
def test_an_id_is_taken_from_our_own_proxies_alone(client, settings, proxies, given, is_kept):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    answer = client.get("/terms/", HTTP_X_REQUEST_ID=given, HTTP_X_FORWARDED_FOR="203.0.113.9")

    assert (answer["X-Request-ID"] == given) is is_kept


@pytest.mark.django_db
def test_no_id_is_left_for_the_next_request_of_the_thread(client):
    first, second = (client.get("/terms/")["X-Request-ID"] for _time in range(2))

    assert first != second
    assert current_request_id() == ""


def test_a_task_bears_the_id_of_the_request_that_asked_for_it():
    from celery.signals import before_task_publish, task_postrun, task_prerun

    seen = []

    @app.task(name="tests.tell_id", bind=True)
    def tell_id(self):
        seen.append(current_request_id())

    headers: dict = {}
    begin_request("abcdef0123456789")
    before_task_publish.send(sender="tests.tell_id", headers=headers)
    end_request()

    # As a worker does with the headers of the message.
    for given in (headers, {}):
        tell_id.push_request(id="1", is_eager=False, **given)
        task_prerun.send(sender=tell_id, task=tell_id, task_id="1")
        tell_id.run()
        task_postrun.send(sender=tell_id, task=tell_id, task_id="1")
        tell_id.pop_request()

    assert seen[0] == "abcdef0123456789"
    assert len(seen[1]) == 32
    assert current_request_id() == ""


def test_settings_choose_form_and_file(tmp_path, monkeypatch):
    plain = logging_settings(Environment())["LOGGING"]
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.setenv("LOG_FILE", str(tmp_path / "app.log"))
    both = logging_settings(Environment())["LOGGING"]

    assert plain["handlers"]["console"]["formatter"] == "plain"
    assert {handler["formatter"] for handler in both["handlers"].values()} == {"json"}
    assert both["root"]["handlers"] == ["console", "file"]
    assert all(handler["filters"] == ["masked"] for handler in both["handlers"].values())


def write_lines(path: str, name: str) -> None:
    handler = SharedRotatingFileHandler(path, kept_files=50)
    handler.largest = 2_000
    logger = logging.Logger(name)
    logger.addHandler(handler)
    for number in range(200):
        logger.warning("%s %03d %s", name, number, "x" * 40)
    handler.close()


def test_no_line_is_lost_when_two_processes_rotate_one_file(tmp_path):
    path = str(tmp_path / "app.log")
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=write_lines, args=(path, name)) for name in ("web", "worker")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)

    files = [file for file in Path(tmp_path).iterdir() if file.suffix != ".lock"]
    written = [line for file in files for line in file.read_text().splitlines()]
    assert len(files) > 5
    assert sorted(" ".join(line.split()[:2]) for line in written) == sorted(
        f"{name} {number:03d}" for name in ("web", "worker") for number in range(200)
    )
    assert all(line.endswith("x" * 40) for line in written)


def test_old_files_beyond_the_kept_ones_go(tmp_path):
    path = tmp_path / "app.log"
    handler = SharedRotatingFileHandler(str(path), kept_files=2)
    handler.largest = 1
    for number in range(5):
        handler.emit(logging.LogRecord("x", logging.INFO, "", 0, f"line {number}", (), None))
    handler.close()

    assert sorted(file.name for file in tmp_path.iterdir()) == ["app.log", "app.log.1", "app.log.2", "app.log.lock"]
    assert path.read_text() == "line 4\n"
