"""The environment variables that the project runs with on this machine."""

import os
import secrets
from pathlib import Path

from launcher.checkout import Checkout
from launcher.console import Problem
from launcher.postgres import OWNER, WEB, Postgres
from launcher.redis import Redis

# Left out: they would make the virtual environment's Python load another one's files.
PYTHON_VARIABLES = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "__PYVENV_LAUNCHER__")


# Set by `script/services env`: the addresses that it gave, so that the other scripts do not take them for the user's own.
DEVELOPER_SHELL = "LEADSMARKET_DEV_SERVICES"


def forget_developer_shell() -> None:
    """In a shell made by `script/services env` act as in a fresh one: each script has services of its own."""
    given = os.environ.pop(DEVELOPER_SHELL, "").split()
    if os.environ.get("DATABASE_URL") in given:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ.pop(name, None)
    if os.environ.get("REDIS_URL") in given:
        del os.environ["REDIS_URL"]


class Services:
    """PostgreSQL and Redis of one instance: embedded, or the caller's own where DATABASE_URL or REDIS_URL is set."""

    def __init__(self, checkout: Checkout, name: str, *, durable: bool = True) -> None:
        instance = checkout.instance(name)
        instance.make_folder()
        self.checkout = checkout
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(instance, durable=durable)
        self.redis = None if os.environ.get("REDIS_URL") else Redis(instance, durable=durable)

    def start(self, *, background: bool = False) -> None:
        """Start what is embedded; stops the first again when the second fails."""
        try:
            if self.postgres is not None:
                self.postgres.start(background=background)
            if self.redis is not None:
                self.redis.start(background=background)
        except BaseException:
            self.stop()
            raise

    def stop(self, *, at_once: bool = False) -> None:
        """Stop what is embedded: Redis, then PostgreSQL."""
        for service in (self.redis, self.postgres):
            if service is not None:
                service.stop(at_once=at_once)

    def description(self) -> str:
        """Where PostgreSQL and Redis come from, in words."""
        postgres = "the embedded PostgreSQL" if self.postgres is not None else "PostgreSQL of DATABASE_URL"
        return f"{postgres} and {'the embedded Redis' if self.redis is not None else 'Redis of REDIS_URL'}"

    def variables(self) -> dict[str, str]:
        """DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL of what is embedded."""
        found: dict[str, str] = {}
        if self.postgres is not None:
            found |= {"DATABASE_URL": self.postgres.url(WEB), "DATABASE_OWNER_URL": self.postgres.url(OWNER)}
        if self.redis is not None:
            found["REDIS_URL"] = self.redis.url()
        return found


def project_variables(checkout: Checkout, services: Services, mode: str) -> dict[str, str]:
    """What differs from the caller's environment. `mode` is LEADSMARKET_ENV: local or test.

    Zone data come from the tzdata package, for Python (an empty PYTHONTZPATH) and for the C library that stamps the log
    (TZDIR): those of many systems still have Morocco an hour wrong.
    """
    found = services.variables() | {"LEADSMARKET_ENV": mode, "PYTHONTZPATH": "", "PYTHONUNBUFFERED": "1"}
    found["TZDIR"] = str(checkout.site_packages / "tzdata" / "zoneinfo")
    found["SECRET_KEY"] = os.environ.get("SECRET_KEY") or secret_key(checkout)
    if mode == "local":
        found["DEBUG"] = os.environ.get("DEBUG") or "1"
    return found


def full_environment(checkout: Checkout, variables: dict[str, str]) -> dict[str, str]:
    """The caller's environment with the virtual environment first and the project's variables set."""
    found = {name: value for name, value in os.environ.items() if name not in PYTHON_VARIABLES}
    if "DATABASE_URL" in variables:
        found.pop("DATABASE_OWNER_URL", None)
    found["VIRTUAL_ENV"] = str(checkout.venv)
    found["PATH"] = f"{checkout.venv / 'bin'}{os.pathsep}{found.get('PATH', os.defpath)}"
    return found | variables


def secret_key(checkout: Checkout) -> str:
    """This machine's SECRET_KEY, made once."""
    path = checkout.local / "secret-key"
    try:
        key = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        key = ""
    except OSError as error:
        raise Problem(f"cannot read {path} ({error.strerror}); run as the user who made it") from None
    return key or _new_secret(path)


def _new_secret(path: Path) -> str:
    key = secrets.token_urlsafe(50)
    path.touch(mode=0o600)
    path.write_text(key + "\n", encoding="utf-8")
    return key
