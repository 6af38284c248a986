"""The message catalogues: complete, compilable, faithful to what the code asks for."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TRANSLATED = ["fr", "ar"]
"""English texts are the message ids; its catalogue only says how English counts."""

NAMED_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
TAG = re.compile(r"</?\w+[^>]*>")
NO_PART_OF_THE_CODE = shutil.ignore_patterns(
    ".*", "node_modules", "static", "bench", "docs", "script", "__pycache__", "*.mo"
)


def catalogue(language: str, folder: Path = ROOT) -> Catalog:
    with (folder / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str, folder: Path = ROOT) -> Iterator[Message]:
    return (message for message in catalogue(language, folder) if message.id)


def asked_for(language: str, folder: Path = ROOT) -> set[tuple[str | None, ...]]:
    return {(message.context, *forms(message.id)) for message in messages(language, folder)}


def forms(texts: str | tuple[str, ...] | list[str]) -> list[str]:
    """Every form of a message: one, or one for each plural."""
    return [texts] if isinstance(texts, str) else list(texts)


def used_in(text: str) -> list[str]:
    return sorted(NAMED_PLACEHOLDER.findall(text))


def is_faithful(message: Message) -> bool:
    """Whether each translated form has the placeholders of the original, `%%`, tags and line breaks at the ends."""
    originals = forms(message.id)
    for text in forms(message.string):
        wanted, found = used_in(originals[-1]), used_in(text)
        # A plural form may say its number in words, as Arabic does for one and two.
        may_lack = 1 if message.pluralizable else 0
        if not set(found) <= set(wanted) or len(wanted) - len(found) not in range(may_lack + 1):
            return False
        if "%(" in originals[-1] or "%%" in originals[-1]:
            rest = NAMED_PLACEHOLDER.sub("", text)
            if rest.count("%%") != originals[-1].count("%%") or "%" in rest.replace("%%", ""):
                return False
        if sorted(TAG.findall(text)) != sorted(TAG.findall(originals[-1])):
            return False
        if [text.startswith("\n"), text.endswith("\n")] != [originals[0].startswith("\n"), originals[0].endswith("\n")]:
            return False
    return True


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_in_each_of_its_forms(language):
    assert [message.id for message in messages(language) if not all(forms(message.string))] == []


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_no_translation_is_a_guess(language):
    assert not catalogue(language).fuzzy
    assert [message.id for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_placeholders_tags_and_line_breaks(language):
    assert [message.id for message in messages(language) if not is_faithful(message)] == []


@pytest.mark.parametrize("language", [*TRANSLATED, "en"])
def test_catalogues_compile(language):
    # The checks that pybabel makes when the launcher compiles.
    assert [(message.id, error) for message, errors in catalogue(language).check() for error in errors] == []


def test_english_stays_in_the_code():
    assert [message.id for message in messages("en") if any(forms(message.string))] == []


def test_french_is_set_by_the_rules_of_its_typography():
    wrong = re.compile(r"'| [:;?!»]| %(?!\()|« ")

    assert [text for message in messages("fr") for text in forms(message.string) if wrong.search(text)] == []


@pytest.mark.skipif(not shutil.which("xgettext"), reason="makemessages needs xgettext, of GNU gettext")
def test_every_message_of_the_code_is_in_the_catalogues(tmp_path):
    copy = tmp_path / "code"
    shutil.copytree(ROOT, copy, ignore=NO_PART_OF_THE_CODE)
    command = [sys.executable, "manage.py", "makemessages", "-l", "en", "--no-location", "--no-wrap"]
    subprocess.run(command, cwd=copy, env={**os.environ, "PYTHONPATH": ""}, check=True, capture_output=True)
    wanted = asked_for("en", copy)

    assert len(wanted) > 100
    for language in [*TRANSLATED, "en"]:
        assert wanted - asked_for(language) == set(), (
            f"missing in {language}: run makemessages, see docs/translations.md"
        )
