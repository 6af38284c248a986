"""What the scripts say: progress on standard output, one clear line on standard error when they cannot go on."""

import os
import sys
from typing import TextIO


class Problem(Exception):
    """The scripts cannot go on; the text is one line that tells a newcomer what to do. Never shown as a traceback."""


def wants_colour(stream: TextIO) -> bool:
    """True where the stream is a terminal and nobody asked for plain text (NO_COLOR, TERM=dumb)."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """Print a line of progress at once; a reader that went away (a closed pipe) is no reason to stop."""
    _write(sys.stdout, text)


def warn(text: str) -> None:
    """Print a line that starts with "Warning: " on standard error."""
    _write(sys.stderr, f"Warning: {text}")


def explain(problem: Problem) -> None:
    """Print the one line of a Problem on standard error."""
    _write(sys.stderr, f"{program_name()}: {problem}")


def program_name() -> str:
    """The command that the person typed, such as script/server."""
    return os.environ.get("LEADSMARKET_SCRIPT", "script")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except (BrokenPipeError, ValueError):
        pass
    except OSError:
        pass
