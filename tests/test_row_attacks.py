"""Every table attacked as the web role: what another merchant, another influencer or nobody can change, delete or plant there.

The tables are read from the database, so a new one is attacked without a line here.
"""

import json

import pytest
from django.db import DatabaseError, connection, connections, transaction

from leadsmarket.lib.actor import AUTHENTICATION, NOBODY, Actor, acting_as
from tests.raw_sql import as_owner, refused


@pytest.fixture(scope="module")
def books(full_books):
    """Every table has rows here."""
    return full_books


# One worker: the rows are made once for the whole module.
pytestmark = pytest.mark.xdist_group("row_attacks")

STRANGERS = ("as_other_owner", "as_other_influencer", "nobody", "authentication")
# Beside the log-in pages, which find and make log-ins, whoever acts writes of themselves alone.
LOG_IN_TABLES = {
    "account_emailaddress",
    "account_emailconfirmation",
    "accounts_emailchange",
    "accounts_loginsession",
    "accounts_user",
    "mfa_authenticator",
}
REFUSED = ("42501", "LM0")
"""By a right, a policy or a trigger of ours."""


def actor_of(personas, name: str) -> Actor:
    return {"nobody": NOBODY, "authentication": AUTHENTICATION}.get(name) or getattr(personas, name)


def tables() -> dict[str, list[str]]:
    """Every table with row security, with the columns of its primary key."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c"
            " JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)"
            " WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND c.relnamespace = 'public'::regnamespace"
            " GROUP BY c.relname"
        )
        return dict(cursor.fetchall())


def seen(table: str, key: list[str], actor: Actor | None) -> set[tuple]:
    """The keys of the rows that an actor sees; of all rows for None."""
    columns = ", ".join(f"{name}::text" for name in key)
    if actor is None:
        with as_owner() as cursor:
            cursor.execute(f"SELECT {columns} FROM {table}")
            return set(cursor.fetchall())
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table}")
        return set(cursor.fetchall())


def attack(actor: Actor, sql: str, parameters: list | None = None) -> tuple[str, set[tuple]]:
    """Run a statement; return the SQLSTATE of its refusal, or the rows it touched. Always rolled back."""
    with acting_as(actor):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                touched = set(cursor.fetchall())
                transaction.set_rollback(True)
        except DatabaseError as error:
            return error.__cause__.sqlstate, set()
        finally:
            transaction.set_rollback(True)
    return "", touched


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_table_lets_a_stranger_change_or_delete_what_it_hides(books, stranger):
    actor = actor_of(books[0], stranger)
    found = tables()
    assert len(found) > 40
    for table, key in found.items():
        returning = ", ".join(f"{name}::text" for name in key)
        visible = seen(table, key, actor)
        for sql in (
            f"UPDATE {table} SET {key[0]} = {key[0]} RETURNING {returning}",
            f"DELETE FROM {table} RETURNING {returning}",
        ):
            state, touched = attack(actor, sql)
            assert touched <= visible, (table, sql)
            assert not state or state.startswith((*REFUSED, "23503")), (table, sql, state)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_table_takes_a_row_of_somebody_else(books, stranger):
    """A row that is there already and hidden from the stranger, sent again under a new id: as if it were theirs to write."""
    personas = books[0]
    actor = actor_of(personas, stranger)
    tried = 0
    for table, key in tables().items():
        if stranger == "authentication" and table in LOG_IN_TABLES:
            continue
        hidden = seen(table, key, None) - seen(table, key, actor)
        if not hidden:
            continue
        tried += 1
        with connections["owner"].cursor() as cursor:
            where = " AND ".join(f"{name}::text = %s" for name in key)
            cursor.execute(f"SELECT to_jsonb(t) FROM {table} AS t WHERE {where}", min(hidden))
            row = cursor.fetchone()[0]
            row = json.loads(row) if isinstance(row, str) else row
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
                " AND is_generated = 'NEVER' AND identity_generation IS DISTINCT FROM 'ALWAYS'",
                [table],
            )
            columns = [name for (name,) in cursor.fetchall()]
            if key == ["id"]:
                cursor.execute("SELECT new_id()::text")
                row["id"] = cursor.fetchone()[0] if isinstance(row["id"], str) else 32_000
        names = ", ".join(f'"{name}"' for name in columns)
        sql = f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, %s::jsonb) RETURNING 1"

        state, touched = attack(actor, sql, [json.dumps(row)])

        assert not touched, table
        # A policy speaks before any unique or foreign key: another state would mean that none did.
        assert state.startswith(REFUSED), (table, state)
    assert tried > 25


def test_nobody_writes_the_audit_trail_in_anothers_name(books):
    personas = books[0]
    plant = (
        "INSERT INTO accounts_auditentry (id, action, actor_user_id, actor_role, object_type, object_id, data, created_at)"
        " VALUES (new_id(), 'accounts.user.changed', {user}, '{role}', 'x', new_id(), '{{}}', now())"
    )
    mine, another = f"'{personas.owner.pk}'", f"'{personas.staff.pk}'"
    assert refused(personas.as_owner, plant.format(user=another, role="staff")) == "42501"
    assert refused(personas.as_owner, plant.format(user=another, role="merchant")) == "42501"
    assert refused(personas.as_owner, plant.format(user=mine, role="staff")) == "42501"
    assert refused(personas.as_owner, plant.format(user="NULL", role="merchant")) == "42501"
    assert refused(personas.as_owner, plant.format(user=mine, role="merchant")) == ""
