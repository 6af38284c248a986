"""Child processes that never outlive us: own process group, a death signal from the kernel, and a way to end them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that asks Linux to send `death_signal` to the child when we are killed.

    subprocess calls it after it changed the user, which would clear the setting. On macOS it only makes the group; the
    next start finds and ends what a killed one left behind.
    """
    parent = os.getpid()

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a process group that may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def process_is_alive(pid: int) -> bool:
    """True while the process runs (a zombie counts as gone where /proc tells)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def runs_program(pid: int, name: str) -> bool:
    """True where the process was started as the named program: numbers are used again by strangers."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    except OSError:
        listing = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True)
        command = listing.stdout.strip()
    return Path(command).name == name


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll until the condition holds; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
    return True


def end_process(pid: int, gentle: signal.Signals, seconds: float, child: subprocess.Popen | None = None) -> None:
    """Ask a process to stop, and kill its group when it does not within the time."""

    def gone() -> bool:
        return child.poll() is not None if child is not None else not process_is_alive(pid)

    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, gentle)
    if not wait_until(gone, seconds):
        signal_group(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
        wait_until(gone, 5)


def run_to_end(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Run a step on our own terminal and return its exit code; ended with us when we are asked to stop."""
    process = subprocess.Popen(command, cwd=folder, env=environment, preexec_fn=dies_with_parent(signal.SIGTERM))
    try:
        return process.wait()
    except BaseException:
        end_process(process.pid, signal.SIGTERM, 10, process)
        raise
