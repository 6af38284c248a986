"""`script/test [pytest arguments]`: the tests on a PostgreSQL and a Redis of their own."""

from collections.abc import Callable

from launcher.checkout import ROOT, Checkout
from launcher.console import Problem, say
from launcher.environment import Services, full_environment, project_variables
from launcher.lock import InstanceLock
from launcher.prepare import prepare
from launcher.processes import run_to_end
from launcher.signals import Stopped, stop_signals_raise

SIDE_BY_SIDE = 8


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, or 128 + the signal that stopped it."""
    checkout = Checkout(ROOT)
    command = [str(checkout.program("pytest")), *arguments]
    try:
        with stop_signals_raise():
            prepare(checkout, development=True, packages_required=True)
            return beside_services(checkout, lambda environment: run_to_end(command, checkout.root, environment))
    except Stopped as stopped:
        return 128 + stopped.number


def beside_services(checkout: Checkout, work: Callable[[dict[str, str]], int]) -> int:
    """Do work with the test settings beside a throw-away PostgreSQL and Redis; return its exit code."""
    lock, name = _free_instance(checkout)
    with lock:
        services = Services(checkout, name, durable=False)
        try:
            services.start()
            return work(full_environment(checkout, project_variables(checkout, services, "test")))
        finally:
            try:
                services.stop(at_once=True)
            except Stopped:
                services.stop(at_once=True)


def _free_instance(checkout: Checkout) -> tuple[InstanceLock, str]:
    """Several runs at once each get data of their own: `.local/test`, `.local/test-2`, ..."""
    for number in range(1, SIDE_BY_SIDE + 1):
        name = "test" if number == 1 else f"test-{number}"
        lock = InstanceLock(checkout.instance(name), "script/test")
        if lock.try_to_take():
            return lock, name
        say(f"Another run of the tests uses .local/{name}")
    raise Problem(f"{SIDE_BY_SIDE} runs of the tests are going on in this folder already")
