"""What `manage.py doctor` looks at. Each app registers its checks in its `health` module; see docs/running.md.

@register_check("mail")
def mail(*, online: bool) -> list[Finding]: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """How a thing stands. Only BROKEN makes doctor fail."""

    OK = "ok"
    OFF = "off"
    """Not configured, and it need not be."""
    HINT = "hint"
    """Works; somebody should know or do something."""
    BROKEN = "broken"
    UNKNOWN = "unknown"
    """Not looked at, because something that it needs is broken."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: what was looked at, how it stands, what was seen, what to do (without secrets)."""

    what: str
    state: State
    detail: str = ""
    advice: str = ""


class Check(Protocol):
    """Looks at one thing or a few; what it raises is a finding too. online: it may ask a provider on the internet."""

    def __call__(self, *, online: bool) -> Iterable[Finding]: ...


@dataclass(frozen=True, slots=True)
class RegisteredCheck:
    """A check with its group, the groups that must not be broken for it, and the seconds after which it is given up."""

    group: str
    function: Check
    after: tuple[str, ...]
    seconds: float


CHECKS: dict[str, RegisteredCheck] = {}


def register_check(group: str, *, after: Iterable[str] = (), seconds: float = 6) -> Callable[[Check], Check]:
    """Let doctor run a function in a thread of its own, with database connections of its own.

    after: groups that it needs, such as `database` or `redis`. seconds: then it is given up as broken; keep all below 15.
    """

    def register(function: Check) -> Check:
        CHECKS[group] = RegisteredCheck(group, function, tuple(after), seconds)
        return function

    return register
