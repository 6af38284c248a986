"""Run pip with a line of progress per library, and turn its failures into one line."""

import os
import re
import subprocess
from pathlib import Path

from launcher.checkout import Checkout
from launcher.console import Problem, say

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(\[.*\])?==")
COLLECTING = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)")
NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeout",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Could not fetch URL",
    "ProxyError",
    "Read timed out",
    "Connection refused",
)


def run_pip(checkout: Checkout, arguments: list[str]) -> None:
    """Run pip of the virtual environment; its whole output is kept in `.local/pip.log`."""
    total = sum(_count_requirements(Path(name)) for name in arguments if name.endswith(".txt"))
    command = [str(checkout.python), "-m", "pip", *arguments, "--no-input", "--progress-bar", "off"]
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    log_path = checkout.local / "pip.log"
    lines: list[str] = []
    done = 0
    with (
        log_path.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=checkout.root,
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                log.write(line)
                lines.append(line.strip())
                done += _report(line, done, total)
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise Problem(_reason(lines, log_path))


def _count_requirements(path: Path) -> int:
    with path.open(encoding="utf-8") as lines:
        return sum(1 for line in lines if REQUIREMENT.match(line))


def _report(line: str, done: int, total: int) -> int:
    """Say what pip does now; returns 1 when the line names the next library."""
    if found := COLLECTING.match(line):
        say(f"  {min(done + 1, total):3d}/{total} {found.group(1)}")
        return 1
    if line.startswith("Installing collected packages"):
        say("  unpacking all of them ...")
    return 0


def _reason(lines: list[str], log_path: Path) -> str:
    text = "\n".join(lines)
    if "No space left on device" in text:
        return f"no space left on the disk of {log_path.parent.parent}"
    if any(sign in text for sign in NO_NETWORK):
        return "cannot reach the Python package index; check the network (or pip's proxy settings) and start again"
    errors = [line for line in lines if line.startswith("ERROR:")]
    return f"pip failed: {(errors or lines or ['no output'])[-1].removeprefix('ERROR: ')} (see {log_path})"
