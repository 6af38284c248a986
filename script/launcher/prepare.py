"""What every script does before its own work: libraries, system packages, translations. One at a time per clone."""

import fcntl

from launcher import system_packages
from launcher.checkout import Checkout
from launcher.console import Problem, say
from launcher.translations import compile_catalogues
from launcher.virtualenv import Virtualenv


def prepare(checkout: Checkout, *, development: bool, packages_required: bool) -> None:
    """Bring the machine to where the project runs; a second call finds everything done and takes a moment."""
    checkout.must_be_writable()
    with open(checkout.local / "install.lock", "w", encoding="utf-8") as lock:
        _wait_for(lock)
        needs = system_packages.FOR_TESTS if development else system_packages.FOR_SERVER
        system_packages.ensure(checkout, needs, required=packages_required)
        Virtualenv(checkout).ensure(development=development)
        compile_catalogues(checkout)


def _wait_for(lock: object) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        say("Waiting for another script to finish installing")
        fcntl.flock(lock, fcntl.LOCK_EX)  # type: ignore[arg-type]
    except OSError as error:
        raise Problem(f"cannot lock the installation ({error.strerror})") from None
