"""Run several programs as one: one log, restarts with a limit, and an end that leaves nothing running."""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher.console import say, wants_colour
from launcher.processes import dies_with_parent, signal_group

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RESTARTS_PER_MINUTE = 3
BACK_OFF_SECONDS = (0.5, 2.0, 4.0)
TICK_SECONDS = 0.5
COLOURS = {"web": 36, "worker": 32, "beat": 33}


@dataclass
class Part:
    """A program under supervision. Parts are stopped in the order in which they were given."""

    name: str
    command: Sequence[str]
    stop_seconds: float = 20
    process: subprocess.Popen | None = field(default=None, init=False)
    start_at: float = field(default=0, init=False)
    starts: deque[float] = field(default_factory=deque, init=False)

    def is_running(self) -> bool:
        """True from its start to its end."""
        return self.process is not None and self.process.poll() is None


@dataclass(frozen=True)
class Watched:
    """A service that somebody else starts and stops, whose end is the end of all."""

    name: str
    has_ended: Callable[[], bool]


class Supervisor:
    """Starts the parts, passes on their lines, and stops them on SIGINT, SIGTERM or when one cannot be kept running.

    A second signal while stopping kills what is left.
    """

    def __init__(
        self, parts: list[Part], environment: dict[str, str], folder: Path, watched: Sequence[Watched] = ()
    ) -> None:
        self.parts = parts
        self.environment = environment
        self.folder = folder
        self.watched = watched
        self.stop_requests = 0
        self._width = max((len(part.name) for part in parts), default=0)
        self._colour = wants_colour(sys.stdout)
        self._selector = selectors.DefaultSelector()
        self._wake_up, self._wake_writer = socket.socketpair()

    def run(self) -> int:
        """Serve until the end; 0 after a signal, 1 after a part that could not be kept running."""
        with self._signals():
            try:
                failure = self._serve()
            finally:
                self._stop_all()
        return 1 if failure else 0

    # Serving

    def _serve(self) -> bool:
        for part in self.parts:
            self._start(part)
        while not self.stop_requests:
            self._pass_on_lines(TICK_SECONDS)
            for service in self.watched:
                if service.has_ended():
                    say(f"{service.name} ended by itself; stopping everything else")
                    return True
            for part in self.parts:
                if not part.is_running() and not self._keep_running(part):
                    return True
        say("Stopping (once more Ctrl-C kills what is left)")
        return False

    def _start(self, part: Part) -> None:
        now = time.monotonic()
        part.starts.append(now)
        part.start_at = 0
        part.process = subprocess.Popen(
            list(part.command),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
        assert part.process.stdout is not None
        os.set_blocking(part.process.stdout.fileno(), False)
        self._selector.register(part.process.stdout, selectors.EVENT_READ, (part, bytearray()))

    def _keep_running(self, part: Part) -> bool:
        """Start an ended part again after a pause; False when it ended too often within a minute."""
        now = time.monotonic()
        if part.process is not None:
            ending = _ending(part.process)
            signal_group(part.process.pid, signal.SIGKILL)
            part.process = None
            while part.starts and now - part.starts[0] > 60:
                part.starts.popleft()
            if len(part.starts) > RESTARTS_PER_MINUTE:
                say(f"{part.name} ended by itself ({ending}), too often within a minute; stopping everything else")
                return False
            part.start_at = now + BACK_OFF_SECONDS[min(len(part.starts), len(BACK_OFF_SECONDS)) - 1]
            say(f"{part.name} ended by itself ({ending}); starting it again")
        if now >= part.start_at:
            self._start(part)
        return True

    # The log

    def _pass_on_lines(self, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._wake_up.recv(4096)
                continue
            part, rest = key.data
            try:
                chunk = os.read(key.fd, 65536)
            except BlockingIOError:
                continue
            rest += chunk
            *lines, tail = bytes(rest).split(b"\n")
            rest[:] = tail
            if not chunk:
                lines += [tail] if tail else []
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
            for line in lines:
                self._print(part, line.decode(errors="replace"))

    def _print(self, part: Part, line: str) -> None:
        prefix = f"{part.name:<{self._width}} |"
        if self._colour:
            prefix = f"\x1b[{COLOURS.get(part.name, 35)}m{prefix}\x1b[0m"
        say(f"{prefix} {line.rstrip()}")

    # Stopping

    def _stop_all(self) -> None:
        for part in self.parts:
            if part.process is not None:
                self._stop(part, part.process)
        self._pass_on_lines(0)
        self._selector.close()
        self._wake_up.close()
        self._wake_writer.close()

    def _stop(self, part: Part, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + part.stop_seconds
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        while process.poll() is None and time.monotonic() < deadline and self.stop_requests < 2:
            self._pass_on_lines(0.1)
        if process.poll() is None:
            say(f"{part.name} did not stop in time; killing it" if self.stop_requests < 2 else f"Killing {part.name}")
        signal_group(process.pid, signal.SIGKILL)
        process.wait()

    # Signals

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Count stop requests and wake the loop for them and for ended children."""
        self._wake_up.setblocking(False)
        self._wake_writer.setblocking(False)
        self._selector.register(self._wake_up, selectors.EVENT_READ, None)
        previous_fd = signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        previous = {number: signal.signal(number, self._request_stop) for number in STOP_SIGNALS}
        previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(previous_fd)
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _request_stop(self, _number: int, _frame: object) -> None:
        self.stop_requests += 1


def _ending(process: subprocess.Popen) -> str:
    code = process.returncode
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
