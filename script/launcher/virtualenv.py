"""The virtual environment at `.venv`, filled from the hash-locked requirements and refilled only when they change."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.checkout import Checkout
from launcher.console import Problem, say
from launcher.pip_progress import run_pip
from launcher.system_packages import ensure_venv_module

RUN_TIME = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")


class Virtualenv:
    """`.venv` of a checkout."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.stamp = checkout.venv / "leadsmarket-installed"

    def must_be_ready(self) -> None:
        """Fail with the command to run where the environment is missing."""
        if not self.checkout.python.exists():
            raise Problem("the virtual environment is missing; run script/setup first")

    def ensure(self, *, development: bool) -> None:
        """Make the environment and install what the lock files name; nothing to do when they did not change.

        A development installation satisfies the run-time one, so script/server after script/test installs nothing.
        """
        wanted = {name: _digest(self.checkout.root / name) for name in (DEVELOPMENT if development else RUN_TIME)}
        if self._works() and wanted.items() <= self._installed().items():
            return
        files = DEVELOPMENT if development or "requirements-dev.txt" in self._installed() else RUN_TIME
        self.stamp.unlink(missing_ok=True)
        self._create()
        say(f"Installing the libraries of {' and '.join(files)} into .venv; a few minutes the first time")
        arguments = ["install", "--require-hashes", "--no-deps"]
        for name in files:
            arguments += ["-r", str(self.checkout.root / name)]
        run_pip(self.checkout, arguments)
        installed = {name: _digest(self.checkout.root / name) for name in files}
        unfinished = self.stamp.with_suffix(".unfinished")
        unfinished.write_text("".join(f"{name} {digest}\n" for name, digest in installed.items()), encoding="utf-8")
        unfinished.replace(self.stamp)

    def _works(self) -> bool:
        """True where the environment's Python runs and is this folder's (a moved or copied one is made anew)."""
        test = [str(self.checkout.python), "-c", "import sys; print(sys.prefix)"]
        try:
            done = subprocess.run(test, capture_output=True, text=True)
        except OSError:
            return False
        if done.returncode != 0:
            return False
        return Path(done.stdout.strip()).resolve() == self.checkout.venv.resolve() and self._scripts_point_here()

    def _scripts_point_here(self) -> bool:
        """False after the folder was moved or copied: its programs would start the old place's Python."""
        try:
            first_lines = self.checkout.program("pip").read_bytes()[:512]
        except OSError:
            return False
        return os.fsencode(self.checkout.venv.resolve() / "bin") in first_lines

    def _installed(self) -> dict[str, str]:
        try:
            lines = self.stamp.read_text(encoding="utf-8").splitlines()
        except OSError:
            return {}
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def _create(self) -> None:
        if self._works():
            return
        if self.checkout.venv.exists():
            say("Removing an unusable .venv")
            shutil.rmtree(self.checkout.venv, ignore_errors=True)
        ensure_venv_module(self.checkout)
        say(f"Making .venv with Python {platform.python_version()}")
        made = subprocess.run([sys.executable, "-m", "venv", str(self.checkout.venv)], capture_output=True, text=True)
        if made.returncode != 0:
            shutil.rmtree(self.checkout.venv, ignore_errors=True)
            reason = (made.stderr or made.stdout).strip().splitlines()[-1:] or ["unknown reason"]
            raise Problem(f"cannot make a virtual environment in {self.checkout.venv}: {reason[0]}")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Problem(f"cannot read {path} ({error.strerror})") from None
