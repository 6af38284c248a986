"""The supervisor with stand-in programs: order of stopping, restarts, stubborn parts, a killed supervisor."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scripts.conftest import BASE_PYTHON, SCRIPT, Running, processes_naming, wait_until

DRIVER = """
import json, os, pathlib, sys
sys.path.insert(0, sys.argv[1])
from launcher.supervisor import Part, Supervisor, Watched
folder = pathlib.Path(sys.argv[2])
parts = [Part(name, ["sh", "-c", command, "sh", str(folder)], seconds) for name, command, seconds in json.loads(sys.argv[3])]
watched = [Watched("PostgreSQL", (folder / "ended").exists)]
sys.exit(Supervisor(parts, dict(os.environ), folder, watched).run())
"""
# Says its name when it starts and ends; has a child of its own, as granian and celery have.
POLITE = 'echo up; trap "echo down; kill %1; exit 0" TERM; sleep 300 & wait'
STUBBORN = 'echo up; trap "" TERM INT; while :; do sleep 0.1; done'


class Supervised(Running):
    def __init__(self, folder: Path, *parts: tuple[str, str, float]) -> None:
        self.folder = folder
        log = folder / "output.txt"
        with log.open("wb") as output:
            command = [BASE_PYTHON, "-u", "-c", DRIVER, str(SCRIPT), str(folder), json.dumps(parts)]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        super().__init__(process, log)

    def wait_for_all(self, count: int) -> None:
        assert wait_until(lambda: self.output().count("| up") >= count), self.output()

    def left_over(self) -> list[str]:
        return processes_naming(str(self.folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_the_parts_in_order_and_leaves_nothing(tmp_path: Path, number: int):
    running = Supervised(tmp_path, ("web", POLITE, 5), ("beat", POLITE, 5), ("worker", POLITE, 5))
    running.wait_for_all(3)

    code = running.stop(number)

    assert code == 0, running.output()
    ends = [line.split()[0] for line in running.output().splitlines() if line.endswith("down")]
    assert ends == ["web", "beat", "worker"]
    assert running.left_over() == []


def test_a_part_that_ends_is_started_again(tmp_path: Path):
    running = Supervised(tmp_path, ("web", POLITE, 5), ("worker", f'echo $$ > "$1/pid"; {POLITE}', 5))
    running.wait_for_all(2)
    started = time.monotonic()

    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    running.wait_for_all(3)

    assert time.monotonic() - started < 3
    assert "worker ended by itself (signal SIGKILL); starting it again" in running.output()
    assert running.stop() == 0
    assert running.left_over() == []


def test_a_part_that_keeps_ending_stops_the_others_and_fails(tmp_path: Path):
    running = Supervised(tmp_path, ("web", POLITE, 5), ("worker", "echo up; exit 3", 5))

    code = running.process.wait(20)

    assert code == 1
    assert running.output().count("worker | up") == 4
    assert "worker ended by itself (exit code 3), too often within a minute" in running.output()
    assert "web    | down" in running.output()
    assert running.left_over() == []


def test_a_service_that_ends_stops_everything(tmp_path: Path):
    running = Supervised(tmp_path, ("web", POLITE, 5))
    running.wait_for_all(1)

    (tmp_path / "ended").touch()

    assert running.process.wait(10) == 1
    assert "PostgreSQL ended by itself; stopping everything else" in running.output()
    assert running.left_over() == []


def test_a_part_that_does_not_stop_in_time_is_killed(tmp_path: Path):
    running = Supervised(tmp_path, ("web", STUBBORN, 0.5), ("worker", POLITE, 5))
    running.wait_for_all(2)

    assert running.stop() == 0
    assert "web did not stop in time; killing it" in running.output()
    assert "worker | down" in running.output()
    assert running.left_over() == []


def test_a_second_interrupt_kills_at_once(tmp_path: Path):
    running = Supervised(tmp_path, ("web", STUBBORN, 60))
    running.wait_for_all(1)
    running.process.send_signal(signal.SIGINT)
    running.wait_for("once more Ctrl-C")

    assert running.stop(signal.SIGINT, 5) == 0
    assert "Killing web" in running.output()
    assert running.left_over() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of a killed parent")
def test_a_killed_supervisor_takes_its_parts_along(tmp_path: Path):
    running = Supervised(tmp_path, ("web", POLITE, 5), ("worker", POLITE, 5))
    running.wait_for_all(2)

    running.stop(signal.SIGKILL)

    assert wait_until(lambda: running.left_over() == []), running.left_over()


def test_lines_are_passed_on_whole_with_the_name_of_their_part(tmp_path: Path):
    running = Supervised(tmp_path, ("web", f"printf 'one\\ntw'; sleep 0.3; printf 'o\\n'; {POLITE}", 5))
    running.wait_for_all(1)

    assert running.stop() == 0
    assert running.output().splitlines()[:3] == ["web | one", "web | two", "web | up"]
