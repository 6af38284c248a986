"""`script/setup`: everything that development needs on this machine, and nothing started."""

import argparse

from launcher.checkout import ROOT, Checkout
from launcher.console import say
from launcher.prepare import prepare


def main(arguments: list[str]) -> int:
    """Install; a second run finds everything done."""
    argparse.ArgumentParser(prog="script/setup", description=__doc__).parse_args(arguments)
    prepare(Checkout(ROOT), development=True, packages_required=False)
    say("Ready. Next: script/server, script/test, or script/services start for a shell of your own.")
    return 0
