"""Libraries are installed when the lock files changed, again after a failure, and not otherwise. Pip is a stand-in."""

import subprocess
from pathlib import Path

import pytest
from launcher.checkout import Checkout
from launcher.console import Problem
from launcher.lock import InstanceLock
from launcher.virtualenv import Virtualenv

from tests.scripts.conftest import BASE_PYTHON, SCRIPT

PYTHON = """#!/bin/sh
case "$1" in
-c) echo "{venv}" ;;
-m)
    echo "$@" >> "{root}/pip-calls"
    cat "{root}/pip-says" 2>/dev/null
    exit "$(cat "{root}/pip-exit" 2>/dev/null || echo 0)"
    ;;
esac
"""
HOLD_LOCK = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from launcher.checkout import Checkout
from launcher.lock import InstanceLock
lock = InstanceLock(Checkout(pathlib.Path(sys.argv[2])).instance("server"), "script/server")
lock.take()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path.resolve() / "a clone"
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    (root / ".local").mkdir()
    (root / "requirements.txt").write_text("django==5.2.1 --hash=sha256:00\n")
    (root / "requirements-dev.txt").write_text("pytest==9.0.0 --hash=sha256:00\n")
    (programs / "python").write_text(PYTHON.format(venv=root / ".venv", root=root))
    (programs / "python").chmod(0o755)
    (programs / "pip").write_text(f"#!{programs}/python\n")
    return Checkout(root)


def calls(checkout: Checkout) -> list[str]:
    log = checkout.root / "pip-calls"
    return log.read_text().splitlines() if log.exists() else []


def test_second_start_installs_nothing(checkout: Checkout):
    Virtualenv(checkout).ensure(development=False)
    Virtualenv(checkout).ensure(development=False)

    assert len(calls(checkout)) == 1
    assert "--require-hashes" in calls(checkout)[0]
    assert "requirements-dev.txt" not in calls(checkout)[0]


def test_tests_add_their_libraries_and_the_server_keeps_them(checkout: Checkout):
    Virtualenv(checkout).ensure(development=False)
    Virtualenv(checkout).ensure(development=True)
    Virtualenv(checkout).ensure(development=False)

    assert len(calls(checkout)) == 2
    assert "requirements-dev.txt" in calls(checkout)[1]


def test_changed_lock_file_is_installed(checkout: Checkout):
    Virtualenv(checkout).ensure(development=False)
    (checkout.root / "requirements.txt").write_text("django==5.2.2 --hash=sha256:11\n")
    Virtualenv(checkout).ensure(development=False)

    assert len(calls(checkout)) == 2


def test_failed_install_is_one_line_and_tried_again(checkout: Checkout):
    (checkout.root / "pip-exit").write_text("1")
    (checkout.root / "pip-says").write_text("Collecting django\nERROR: no hash matches\n")

    with pytest.raises(Problem, match="pip failed: no hash matches"):
        Virtualenv(checkout).ensure(development=False)
    (checkout.root / "pip-exit").write_text("0")
    Virtualenv(checkout).ensure(development=False)

    assert len(calls(checkout)) == 2


def test_no_network_is_named(checkout: Checkout):
    (checkout.root / "pip-exit").write_text("1")
    (checkout.root / "pip-says").write_text("WARNING: ... Temporary failure in name resolution\nERROR: No match\n")

    with pytest.raises(Problem, match="cannot reach the Python package index"):
        Virtualenv(checkout).ensure(development=False)


def test_progress_names_each_library(checkout: Checkout, capsys: pytest.CaptureFixture):
    (checkout.root / "pip-says").write_text("Collecting django==5.2.1 (from -r requirements.txt)\n")

    Virtualenv(checkout).ensure(development=False)

    assert "  1/1 django" in capsys.readouterr().out


def test_copied_environment_is_not_trusted(checkout: Checkout):
    Virtualenv(checkout).ensure(development=False)
    (checkout.venv / "bin" / "pip").write_text("#!/elsewhere/.venv/bin/python\n")

    assert Virtualenv(checkout)._works() is False


def test_lock_is_freed_when_its_holder_is_killed(checkout: Checkout):
    holder = subprocess.Popen(
        [BASE_PYTHON, "-c", HOLD_LOCK, str(SCRIPT), str(checkout.root)], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        lock = InstanceLock(checkout.instance("server"), "script/server")
        with pytest.raises(Problem, match=f"already runs in this folder .pid {holder.pid}."):
            lock.take()
        holder.kill()

    assert lock.try_to_take()
    lock.release()
