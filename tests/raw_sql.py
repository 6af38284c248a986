"""Going round the services: raw SQL as the owner of the tables or as the web role, and what PostgreSQL says to it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from leadsmarket.lib.actor import Actor, acting_as

APPS = ("accounts", "deposits", "leads", "payments", "analytics", "alerts", "api", "leadsmarket")


def our_tables() -> list[str]:
    """Every table that our apps own, without the views."""
    models = [model for label in APPS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    return sorted(model._meta.db_table for model in models if model._meta.managed)


@contextmanager
def as_owner(*tables: str) -> Iterator[CursorWrapper]:
    """A cursor of the tables' owner, without our triggers on `tables`; everything is rolled back."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        yield cursor
        transaction.set_rollback(True, using="owner")


def refusal_of(cursor: CursorWrapper, sql: str, alias: str = "owner") -> psycopg.errors.Diagnostic:
    """Run what must be refused; return PostgreSQL's diagnosis."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(using=alias):  # noqa: PT012
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return caught.value.__cause__.diag


def copy_sql(table: str, changes: dict[str, str], where: str = "true") -> str:
    """An INSERT of one row like an existing one, but for `changes` (SQL expressions by column)."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
            " AND is_generated = 'NEVER' AND is_identity = 'NO'",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(changes.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where} LIMIT 1"


def refused(actor: Actor, sql: str) -> str:
    """The SQLSTATE that a statement of the web role is refused with; empty where it ran."""
    with acting_as(actor):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
        except DatabaseError as error:
            return error.__cause__.sqlstate
    return ""
