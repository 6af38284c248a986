"""Environment variables: each is described and in .env.example; one missing or unreadable ends the start with its name."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leadsmarket.settings.email import ADDRESSES, PROVIDERS, SIGNATURES

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'\benv(?:iron)?(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]*)"|os\.environ\.get\("([A-Z][A-Z0-9_]*)"')
OF_THE_TEST_RUNNER = {"PYTEST_XDIST_WORKER"}
MINIMUM = {
    "LEADSMARKET_ENV": "local",
    "DATABASE_URL": "postgres://web:hidden-word@localhost/x",
    "REDIS_URL": "redis://localhost/0",
}


def settings_read() -> set[str]:
    files = (ROOT / "leadsmarket" / "settings").glob("*.py")
    found = {first or second for file in files for first, second in READ.findall(file.read_text("utf-8"))}
    keys = {key for _module, names in PROVIDERS.values() for key in names}
    return (found | keys | {*ADDRESSES, *SIGNATURES}) - OF_THE_TEST_RUNNER


def complaint(*arguments: str, **environment: str) -> list[str]:
    """Run manage.py in an environment of its own; returns the lines of what it complained about."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr.strip().splitlines()


def test_every_variable_is_described():
    docs = "\n".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))

    assert {name for name in settings_read() if f"`{name}`" not in docs} == set()


def test_the_example_has_every_variable_and_no_other():
    example = (ROOT / ".env.example").read_text("utf-8")

    assert set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)) == settings_read()


@pytest.mark.parametrize("command", ["check", "run_job"])
@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL"])
def test_a_missing_variable_ends_with_one_line_naming_it(command, missing):
    lines = complaint(command, **{name: value for name, value in MINIMUM.items() if name != missing})

    assert lines == [f"Leadsmarket can't start: Set the {missing} environment variable"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "hidden-word"),
        ("DATABASE_URL", "mysql://web:hidden-word@localhost/x"),
        ("DATABASE_OWNER_URL", "postgres://web@localhost:hidden-word/x"),
        ("EMAIL_URL", "hidden-word"),
        ("LOG_LEVEL", "hidden-word"),
        ("RECEIPT_VAT_RATE", "hidden-word"),
        ("TRUSTED_PROXY_COUNT", "hidden-word"),
    ],
)
def test_an_unreadable_value_ends_with_one_line_naming_it_without_its_value(name, value):
    (line,) = complaint("check", **MINIMUM | {name: value})

    assert line.startswith(f"Leadsmarket can't start: {name} ")
    assert "hidden-word" not in line


def test_traceback_is_there_for_who_asks():
    lines = complaint("check", "--traceback")

    assert lines[0].startswith("Traceback")
