"""Libraries and programs that pip cannot bring: WeasyPrint's, and for tests Chromium and gettext.

On Debian and Ubuntu root gets them installed by apt-get; everybody else gets the exact command to run.
"""

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from launcher.checkout import Checkout
from launcher.console import Problem, say, warn

SKIP = "LEADSMARKET_SKIP_SYSTEM_PACKAGES"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


@dataclass(frozen=True)
class Need:
    """One thing that the system must have: what it is for, how to see that it is there, what brings it."""

    purpose: str
    debian: tuple[str, ...]
    homebrew: str
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def missing_debian(self) -> list[str]:
        """The Debian packages that are not installed."""
        if self.programs:
            return [] if self._has_program() else list(self.debian)
        return [name for name in self.debian if not _is_installed(name)]

    def is_met_elsewhere(self) -> bool:
        """The same on a system without dpkg."""
        if self.programs:
            return self._has_program()
        return all(any(ctypes.util.find_library(form) for form in (name, f"{name}-0")) for name in self.libraries)

    def _has_program(self) -> bool:
        return any(shutil.which(name) or Path(name).exists() for name in self.programs)


WEASYPRINT = Need(
    "PDF receipts (WeasyPrint)",
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core", "fonts-noto-core"),
    "pango",
    libraries=("pango-1.0", "pangoft2-1.0"),
)
CHROMIUM = Need("browser tests (Chromium)", ("chromium",), "--cask chromium", programs=CHROMIUM_NAMES + MAC_BROWSERS)
GETTEXT = Need("checks of the translations (gettext)", ("gettext",), "gettext", programs=("msgfmt",))

FOR_SERVER = (WEASYPRINT,)
FOR_TESTS = (WEASYPRINT, CHROMIUM, GETTEXT)


def ensure(checkout: Checkout, needs: tuple[Need, ...], *, required: bool) -> None:
    """Install what is missing where we may, else tell the command; with `required` that is the end."""
    if os.environ.get(SKIP):
        return
    debian = shutil.which("dpkg-query") is not None and shutil.which("apt-get") is not None
    lacking = [need for need in needs if (need.missing_debian() if debian else not need.is_met_elsewhere())]
    if not lacking:
        return
    if debian and os.geteuid() == 0:
        packages = [name for need in lacking for name in need.missing_debian()]
        if _install(checkout, packages):
            return
    purposes = " and ".join(need.purpose for need in lacking)
    text = f"missing on this system for {purposes}; run: {_command(lacking, debian)}"
    if required:
        raise Problem(f"{text} (or set {SKIP}=1 to go on without)")
    warn(f"{text} (the server goes on without)")


def ensure_venv_module(checkout: Checkout) -> None:
    """Debian's python3 comes without what `python3 -m venv` needs; its package is installed or named."""
    if importlib.util.find_spec("ensurepip") is not None:
        return
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get") and _install(checkout, [package]):
        return
    sudo = "" if os.geteuid() == 0 else "sudo "
    raise Problem(f"this Python cannot make virtual environments; run: {sudo}apt-get install -y {package}")


def _command(lacking: list[Need], debian: bool) -> str:
    if debian:
        packages = " ".join(name for need in lacking for name in need.missing_debian())
        sudo = "" if os.geteuid() == 0 else "sudo "
        return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {packages}"
    if sys.platform == "darwin":
        return " && ".join(f"brew install {need.homebrew}" for need in lacking)
    return "your package manager for " + ", ".join(need.debian[0] for need in lacking)


def _install(checkout: Checkout, packages: list[str]) -> bool:
    say(f"Installing system packages: {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    log_path = checkout.local / "apt.log"
    with log_path.open("w", encoding="utf-8") as log:
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            if _run_apt(["apt-get", *wait, *arguments], environment, log) != 0 and arguments[0] == "install":
                warn(f"apt-get failed (see {log_path})")
                return False
    return True


def _run_apt(command: list[str], environment: dict[str, str], log: TextIO) -> int:
    """Run apt-get, with a line for every package that it sets up."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        for line in process.stdout or ():
            log.write(line)
            if line.startswith(("Need to get", "Unpacking ")):
                say(f"  {line.strip()}")
    return process.returncode


def _is_installed(package: str) -> bool:
    command = ["dpkg-query", "-W", "-f", "${Status}", package]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip().endswith("ok installed")
