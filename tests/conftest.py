"""Fixtures of the tests over several apps."""

import pytest
from django.db import connections

from conftest import empty_tables
from tests.money_rows import make_money_rows
from tests.personas import Books, Personas, make_books, make_personas


@pytest.fixture(scope="module")
def books(django_db_setup, django_db_blocker):
    """The personas with a lead in each state, committed, for all tests of this module; each rolls its own work back."""
    with django_db_blocker.unblock():
        yield make_committed_books()
        close_and_empty()


@pytest.fixture(scope="module")
def full_books(django_db_setup, django_db_blocker):
    """The same with rows in every table: payments, payouts, returns, messages."""
    with django_db_blocker.unblock():
        personas, made = make_committed_books()
        make_money_rows(personas)
        yield personas, made
        close_and_empty()


def make_committed_books() -> tuple[Personas, Books]:
    """Make the personas and their leads, and what fills the tables of rights."""
    personas = make_personas()
    made = make_books(personas)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE leads SET submission_key = new_id()")
        cursor.execute("INSERT INTO auth_group (name) VALUES ('support')")
        cursor.execute(
            "INSERT INTO accounts_user_groups (user_id, group_id) SELECT %s, id FROM auth_group", [personas.staff.pk]
        )
        cursor.execute(
            "INSERT INTO accounts_user_user_permissions (user_id, permission_id)"
            " SELECT %s, min(id) FROM auth_permission",
            [personas.staff.pk],
        )
    return personas, made


def close_and_empty() -> None:
    """Leave nothing to the next module."""
    for alias in connections:
        connections[alias].close()
    empty_tables()
