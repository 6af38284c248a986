"""What holds the house together: directions of imports, refusals that the database can raise, migrations both ways."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from importlinter.cli import lint_imports

from leadsmarket.lib import errors
from leadsmarket.lib.errors import Refusal

ROOT = Path(settings.BASE_DIR)
APPS = ("api", "alerts", "analytics", "payments", "leads", "deposits", "accounts")
SQL_FILES = sorted(ROOT.glob("*/migrations/sql/*.sql"))


def python_files(*apps: str) -> list[Path]:
    found = (file for app in apps for file in (ROOT / app).rglob("*.py"))
    return [file for file in found if "migrations" not in file.parts and "tests" not in file.parts]


def test_imports_go_down_only(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    # It would switch our own loggers off for the tests after this one.
    monkeypatch.setattr("logging.config.dictConfig", lambda settings: None)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0, capsys.readouterr().out


def test_every_sqlstate_of_ours_has_its_refusal_and_every_refusal_its_sqlstate():
    raised = {code for file in SQL_FILES for code in re.findall(r"'(LM\d{3})'", file.read_text(encoding="utf-8"))}
    registered = {name for name in errors._by_database_name if name.startswith("LM")}
    assert raised
    assert raised == registered
    assert all(issubclass(error, Refusal) for error in errors._by_database_name.values())


def test_every_constraint_with_a_refusal_exists(django_db_setup, django_db_blocker):
    # 22003 is PostgreSQL's own: a number out of range.
    named = {name for name in errors._by_database_name if not name.startswith("LM")} - {"22003"}
    with django_db_blocker.unblock(), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'")
        existing = {name for (name,) in cursor.fetchall()}
    connections["owner"].close()
    assert named
    assert named <= existing


def test_every_sql_file_has_its_way_back():
    forward = [file for file in SQL_FILES if not file.name.endswith(".reverse.sql")]
    assert forward
    assert [file.name for file in forward if not file.with_name(f"{file.stem}.reverse.sql").exists()] == []


def test_only_deposits_write_deposit_tables():
    """The web role could not (see test_triggers.py); this finds the attempt before it runs."""
    writing = re.compile(
        r"(?:Deposit|DepositTransaction|InfluencerBalance|EarningEntry)\.objects\.(?:create|bulk_|update|get_or|update_or)"
        r"|(?:UPDATE|INTO|DELETE FROM)\s+(?:company_deposits|deposit_transactions|leads_earningentry|leads_influencerbalance)"
        r"|(?:deposit|balance)\.save\("
    )
    writers = [str(file) for file in python_files(*APPS) if writing.search(file.read_text(encoding="utf-8"))]
    assert writers == []


def test_only_the_actor_module_tells_the_database_who_is_asking():
    setting = re.compile(r"set_config\(|SET (?:LOCAL |SESSION )?app\.|SET ROLE", re.IGNORECASE)
    files = [*python_files(*APPS, "leadsmarket"), *SQL_FILES]
    # The demonstration data are loaded by the owner's log-in, which acting_as knows nothing of.
    assert {file.name for file in files if setting.search(file.read_text(encoding="utf-8"))} == {
        "actor.py",
        "loading.py",
    }


def test_no_model_signals_are_listened_to():
    listening = re.compile(r"\b(?:pre|post)_(?:save|delete|init)\b|m2m_changed")
    assert [str(file) for file in python_files(*APPS) if listening.search(file.read_text(encoding="utf-8"))] == []


def test_money_is_numeric_12_2_everywhere():
    for model in apps.get_models():
        if model._meta.app_label not in APPS:
            continue
        for field in model._meta.get_fields():
            assert field.get_internal_type() not in ("FloatField",) if hasattr(field, "get_internal_type") else True
            name = getattr(field, "name", "")
            if name.endswith(("_amount", "_balance")) and hasattr(field, "output_field"):
                field = field.output_field
            if name.endswith(("_amount", "_balance")) and hasattr(field, "decimal_places"):
                assert (field.max_digits, field.decimal_places) == (12, 2), f"{model.__name__}.{name}"


@pytest.fixture
def empty_database(django_db_setup, django_db_blocker):
    """The address of a new database, by its owner; dropped afterwards."""
    owner = connections["owner"]
    name = f"{owner.settings_dict['NAME']}_ways"
    with django_db_blocker.unblock():
        with owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        yield name
        with owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')
        owner.close()


def test_migrations_go_up_on_an_empty_database_all_the_way_down_and_up_again(empty_database):
    environment = dict(os.environ)
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if environment.get(variable):
            environment[variable] = urlunsplit(urlsplit(environment[variable])._replace(path=f"/{empty_database}"))

    def migrate(*arguments: str) -> None:
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]

    migrate()
    migrate("--check")
    migrate("accounts", "zero")
    migrate()
