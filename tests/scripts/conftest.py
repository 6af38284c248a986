"""A stand-in clone: the real scripts and virtual environment, and a project of three small files."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "script"
sys.path.insert(0, str(SCRIPT))

WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""
CELERY = """
import os
from celery import Celery
app = Celery("leadsmarket", broker=os.environ["REDIS_URL"])
"""
MANAGE = """
import os, sys
print("manage", *sys.argv[1:], os.environ["LEADSMARKET_ENV"], repr(os.environ["PYTHONTZPATH"]), flush=True)
"""
CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "lead"\nmsgstr "prospect"\n'


class StandIn:
    """A clone in a folder whose name has spaces, and what runs in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.started: list[subprocess.Popen] = []

    def environment(self, **changes: str) -> dict[str, str]:
        """A fresh shell's environment."""
        inherited = {name: value for name, value in os.environ.items() if name not in PROJECT_VARIABLES}
        return inherited | {"LEADSMARKET_SKIP_SYSTEM_PACKAGES": "1", "LEADSMARKET_PYTHON": BASE_PYTHON} | changes

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess:
        """Run a script to its end, started from another folder."""
        return subprocess.run(
            [str(self.root / "script" / command[0]), *command[1:]],
            cwd="/",
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self, *command: str) -> "Running":
        """Start a script and keep its output in a file."""
        log = self.root / f"output-{len(self.started)}.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(self.root / "script" / command[0]), *command[1:]],
                cwd="/",
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return Running(process, log)

    def processes(self) -> list[str]:
        """Command lines of everything that still runs with this folder's name in it."""
        return processes_naming(str(self.root))


class Running:
    """A script that runs, and what it has said so far."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self.log = log

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Wait until the script has said something."""
        wait_until(lambda: text in self.output() or self.process.poll() is not None, seconds)
        assert text in self.output(), self.output()

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


PROJECT_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "MEDIA_ROOT", "SITE_URL", "DEBUG")
# The Python that made the virtual environment: a link to it may lie where the test's own PATH does not lead.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def stand_in(open_folder: Path) -> Iterator[StandIn]:
    """A clone ready to start."""
    root = open_folder / "my leads market"
    make_clone(root)
    clone = StandIn(root)
    yield clone
    for process in clone.started:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def make_clone(root: Path) -> None:
    """Write the stand-in's files; its `.venv` is a link to the real one."""
    root.mkdir(parents=True)
    shutil.copytree(SCRIPT, root / "script", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, root / name)
    (root / ".venv").symlink_to(Path(sys.prefix))
    package = root / "leadsmarket"
    package.mkdir()
    catalogue = root / "locale" / "fr" / "LC_MESSAGES"
    catalogue.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "wsgi.py").write_text(WSGI)
    (package / "celery.py").write_text(CELERY)
    (root / "manage.py").write_text(MANAGE)
    (catalogue / "django.po").write_text(CATALOGUE)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users of the machine can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="leadsmarket-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_naming(text: str) -> list[str]:
    """Command lines that contain the text, without zombies."""
    listing = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 1) for line in listing.splitlines()]
    return [row[1] for row in rows if len(row) == 2 and text in row[1] and not row[0].startswith("Z")]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
