"""docs/signals.md says which signals there are and who listens; it says neither more nor less than the code does."""

import gc
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from weakref import ReferenceType

import pytest
from django.conf import settings
from django.dispatch import Signal
from django.utils.module_loading import import_string

from tests.test_architecture import APPS

OURS = (*APPS, "leadsmarket")
DOTTED = re.compile(r"`([a-z_]+(?:\.[a-z_]+)+)`")


def table() -> dict[str, set[str]]:
    """Signal -> its receivers, as the document's table has them, all by their full dotted names."""
    rows: dict[str, set[str]] = {}
    for line in (Path(settings.BASE_DIR) / "docs" / "signals.md").read_text().splitlines():
        if line.startswith("| `"):
            signal, _sender, _when, receivers = line.strip("|").split(" | ")
            rows[DOTTED.findall(signal)[0]] = set(DOTTED.findall(receivers))
    return rows


def declared() -> Iterator[str]:
    """The signals that our apps declare."""
    for app in OURS:
        if find_spec(f"{app}.signals"):
            names = vars(import_module(f"{app}.signals"))
            yield from (f"{app}.signals.{name}" for name, value in names.items() if isinstance(value, Signal))


def receivers_of(signal: Signal) -> set[str]:
    """Our functions that are connected to a signal, but for those of tests."""
    listening = [held() if isinstance(held, ReferenceType) else held for _key, held, *_rest in signal.receivers]
    return {
        f"{function.__module__}.{function.__qualname__}"
        for function in listening
        if function is not None
        and function.__module__.startswith(tuple(f"{app}." for app in OURS))
        and ".tests" not in function.__module__
    }


def test_every_signal_that_we_declare_has_its_row():
    own = {name for name in table() if name.startswith(tuple(f"{app}." for app in OURS))}
    assert own == set(declared())


@pytest.mark.parametrize("name", sorted(table()))
def test_the_receivers_of_a_row_are_those_that_are_connected(name):
    assert receivers_of(import_string(name)) == table()[name]


def test_no_other_signal_is_listened_to():
    known = [import_string(name) for name in table()]
    others = [one for one in gc.get_objects() if isinstance(one, Signal) and not any(one is row for row in known)]
    assert [receivers_of(signal) for signal in others if receivers_of(signal)] == []
