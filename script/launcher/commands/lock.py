"""`script/lock [uv arguments]`: write requirements*.txt with hashes; `--upgrade` takes newer versions."""

import os
import subprocess

from launcher.checkout import ROOT, Checkout
from launcher.console import Problem, say
from launcher.prepare import prepare

OLDEST_PYTHON = "3.11"


def main(arguments: list[str]) -> int:
    """Compile requirements.in, then requirements-dev.in which keeps the versions of the first."""
    checkout = Checkout(ROOT)
    prepare(checkout, development=True, packages_required=False)
    for name in ("requirements", "requirements-dev"):
        say(f"Resolving {name}.in")
        command = [str(checkout.program("uv")), "pip", "compile", f"{name}.in", "--output-file", f"{name}.txt"]
        command += ["--quiet", "--universal", "--python-version", OLDEST_PYTHON]
        command += ["--generate-hashes", "--no-emit-index-url"]
        environment = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "script/lock"}
        if subprocess.run([*command, *arguments], cwd=checkout.root, env=environment).returncode != 0:
            raise Problem(f"{name}.in could not be resolved; the lines above say why")
    return 0
