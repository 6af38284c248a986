"""`script/lint`: style, types, import order and missing migrations. Changes nothing."""

import argparse

from launcher.checkout import ROOT, Checkout
from launcher.commands.test import beside_services
from launcher.console import say
from launcher.prepare import prepare
from launcher.processes import run_to_end
from launcher.signals import Stopped, stop_signals_raise

# Mail programs read inline styles only.
E_MAILS = "templates/emails,templates/account/email,templates/leads/email"
CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "import order of the apps": ["lint-imports"],
    "types": ["mypy"],
    "types of the scripts": ["mypy", "script/launch.py"],
    "templates": ["djlint", "--lint", "--quiet", "--exclude", E_MAILS, "templates"],
    "missing migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
}


def main(arguments: list[str]) -> int:
    """Run every check, also after one failed; 1 when any failed."""
    argparse.ArgumentParser(prog="script/lint", description=__doc__).parse_args(arguments)
    checkout = Checkout(ROOT)
    try:
        with stop_signals_raise():
            prepare(checkout, development=True, packages_required=False)
            return beside_services(checkout, lambda environment: _run_checks(checkout, environment))
    except Stopped as stopped:
        return 128 + stopped.number


def _run_checks(checkout: Checkout, environment: dict[str, str]) -> int:
    failed = []
    for title, (program, *rest) in CHECKS.items():
        say(f"== {title}")
        if run_to_end([str(checkout.program(program)), *rest], checkout.root, environment) != 0:
            failed.append(title)
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0
