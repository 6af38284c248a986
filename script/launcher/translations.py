"""Compile the message catalogues: `.mo` files are made on each machine and not kept in git."""

import subprocess
from pathlib import Path

from launcher.checkout import Checkout
from launcher.console import Problem, say


def compile_catalogues(checkout: Checkout) -> None:
    """Compile every `locale/*/LC_MESSAGES/*.po` that changed since its `.mo` was made."""
    stale = [source for source in _sources(checkout) if _is_stale(source)]
    if stale:
        say("Compiling the translations")
    for source in stale:
        language = source.parent.parent.name
        command = [str(checkout.program("pybabel")), "compile", "--input-file", str(source)]
        command += ["--output-file", str(source.with_suffix(".mo")), "--locale", language]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["unknown reason"])[-1]
            raise Problem(f"cannot compile {source.relative_to(checkout.root)}: {reason}")


def _sources(checkout: Checkout) -> list[Path]:
    return sorted((checkout.root / "locale").glob("*/LC_MESSAGES/*.po"))


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime
