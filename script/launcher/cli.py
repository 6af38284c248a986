"""From a script's name to its module, and from an error to one line and an exit code."""

import importlib
import sys

from launcher.console import Problem, explain
from launcher.environment import forget_developer_shell

COMMANDS = ("server", "services", "setup", "test", "lint", "lock")
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run `arguments[0]` with the rest; a Problem becomes one line on standard error and exit code 1."""
    command = arguments[0]
    if command not in COMMANDS:
        explain(Problem(f"unknown command {command}"))
        return 2
    forget_developer_shell()
    try:
        return int(importlib.import_module(f"launcher.commands.{command}").main(arguments[1:]))
    except Problem as problem:
        explain(problem)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        explain(Problem("interrupted"))
        return INTERRUPTED
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        explain(Problem(f"{error.strerror or error}{where}"))
        return 1
