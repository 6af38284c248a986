"""`script/services start|stop|status|env`: PostgreSQL and Redis in the background for a developer's shell."""

import argparse
import shlex

from launcher.checkout import ROOT, Checkout
from launcher.console import Problem, say
from launcher.environment import DEVELOPER_SHELL, Services, project_variables
from launcher.lock import InstanceLock
from launcher.virtualenv import Virtualenv

EXPORTED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "LEADSMARKET_ENV",
    "DEBUG",
    "PYTHONTZPATH",
    "TZDIR",
    DEVELOPER_SHELL,
)


def main(arguments: list[str]) -> int:
    """Run the command; data are kept in `.local/dev` between starts."""
    parser = argparse.ArgumentParser(prog="script/services", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status", "env"])
    action = parser.parse_args(arguments).action
    checkout = Checkout(ROOT)
    checkout.must_be_writable()
    Virtualenv(checkout).must_be_ready()
    services = Services(checkout, "dev")
    # Held for the moment of starting or stopping only: the services themselves run on without it.
    with InstanceLock(checkout.instance("dev"), "script/services"):
        return {"start": _start, "stop": _stop, "status": _status, "env": _print_exports}[action](checkout, services)


def _running(services: Services) -> bool:
    return all(part is None or part.running_pid() is not None for part in (services.postgres, services.redis))


def _start(checkout: Checkout, services: Services) -> int:
    if _running(services):
        say("PostgreSQL and Redis are running already.")
    else:
        services.start(background=True)
        say("PostgreSQL and Redis are running.")
    say('Next: eval "$(script/services env)"')
    return 0


def _stop(checkout: Checkout, services: Services) -> int:
    services.stop()
    say("PostgreSQL and Redis are stopped; their data are kept in .local/dev.")
    return 0


def _status(checkout: Checkout, services: Services) -> int:
    for name, part in (("PostgreSQL", services.postgres), ("Redis", services.redis)):
        if part is None:
            say(f"{name}: the one of your environment")
        else:
            pid = part.running_pid()
            say(f"{name}: {f'running (pid {pid})' if pid else 'stopped'}")
    return 0 if _running(services) else 3


def _print_exports(checkout: Checkout, services: Services) -> int:
    if not _running(services):
        raise Problem("PostgreSQL and Redis are not running; run script/services start first")
    variables = project_variables(checkout, services, "local")
    variables[DEVELOPER_SHELL] = " ".join(services.variables().values())
    for name in EXPORTED:
        if name in variables:
            say(f"export {name}={shlex.quote(variables[name])}")
    return 0
