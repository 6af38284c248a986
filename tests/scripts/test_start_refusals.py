"""What stands in the way of a start is one clear line and an exit code other than zero."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.scripts.conftest import SCRIPT, StandIn, make_clone

NOBODY = 65534


def one_line(done: subprocess.CompletedProcess) -> str:
    assert done.returncode != 0, done.stdout
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr.strip()


def test_port_in_use(stand_in: StandIn):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = stand_in.run("server", "--port", str(port))

    assert one_line(done).startswith(f"script/server: port {port} is in use by another program")


def test_unknown_host(stand_in: StandIn):
    done = stand_in.run("server", "--host", "no-such-host.invalid")

    assert one_line(done).startswith("script/server: unknown host no-such-host.invalid")


def test_reset_never_touches_a_database_of_the_user(stand_in: StandIn, free_port: int):
    done = stand_in.run("server", "--port", str(free_port), "--reset", DATABASE_URL="postgres://me@db/mine")

    assert "--reset deletes the embedded data only" in one_line(done)


def test_old_python(tmp_path: Path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "head"):
        (programs / name).symlink_to(shutil.which(name) or "")
    old = programs / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)

    done = subprocess.run(
        [str(programs / "bash"), str(SCRIPT / "server")], env={"PATH": str(programs)}, capture_output=True, text=True
    )

    assert one_line(done).startswith("script/server: Python 3.11 or later is needed")
    assert "Python 3.9.2" in done.stderr


def as_nobody(command: list[str], **changes: str) -> subprocess.CompletedProcess:
    """Run with the system's own Python as a user who owns nothing; skips where there is none."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"} | changes
    options = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/", "env": environment}
    version = "import sys; sys.exit(sys.version_info < (3, 11))"
    if subprocess.run(["/usr/bin/env", "python3", "-c", version], capture_output=True, **options).returncode != 0:
        pytest.skip("no Python that another user can run")
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize("script", ["server", "test", "services"])
def test_unwritable_folder(open_folder: Path, script: str):
    root = open_folder / "clone"
    make_clone(root)

    done = as_nobody([str(root / "script" / script), *(["status"] if script == "services" else [])])

    assert one_line(done).startswith(f"script/{script}: cannot write in {root}")


def test_missing_system_packages_for_an_ordinary_user_name_the_command(open_folder: Path):
    programs = open_folder / "bin"
    programs.mkdir()
    for name in ("dpkg-query", "apt-get"):
        (programs / name).write_text("#!/bin/sh\nexit 1\n")
        (programs / name).chmod(0o755)
    root = open_folder / "clone"
    make_clone(root)
    (root / ".venv").unlink()
    os.chown(root, NOBODY, NOBODY)

    done = as_nobody([str(root / "script" / "test")], PATH=f"{programs}:/usr/bin:/bin")

    assert "sudo apt-get install -y --no-install-recommends libpango-1.0-0" in one_line(done)
