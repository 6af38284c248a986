"""Who is asking: the only code that tells PostgreSQL's row level security.

Policies read `app.role`, `app.user_id`, `app.merchant_id` and `app.influencer_id`. They are set with
`set_config(..., true)`, that is for one transaction, so a pooled connection never carries them over.
Where nothing is set, every protected table is empty. See docs/row-security.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from leadsmarket.lib.errors import NotAllowed

Role = Literal["none", "authentication", "merchant", "influencer", "staff", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or part of the platform on whose behalf rows are read and written.

    `authentication` is a visitor, or a log-in, sign-up or reset page: it sees log-in data and public campaigns only.
    `system` is a job or a webhook.
    """

    role: Role
    user_id: UUID | None = None
    merchant_id: UUID | None = None
    influencer_id: UUID | None = None


NOBODY = Actor(role="none")
AUTHENTICATION = Actor(role="authentication")
SYSTEM = Actor(role="system")

_current: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def current_actor() -> Actor:
    """Return the actor of the running `acting_as` block, or NOBODY."""
    return _current.get()


def acting_user_id() -> UUID:
    """Return the id of the person who acts, for records that must name one. Raises NotAllowed for nobody and for jobs."""
    user_id = _current.get().user_id
    if user_id is None:
        raise NotAllowed
    return user_id


def _tell_database(actor: Actor, told: BaseDatabaseWrapper | None = None) -> None:
    with (told or connection).cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.role', %s, true), set_config('app.user_id', %s, true),"
            " set_config('app.merchant_id', %s, true), set_config('app.influencer_id', %s, true)",
            [actor.role, *(str(value or "") for value in (actor.user_id, actor.merchant_id, actor.influencer_id))],
        )


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Run a block in one transaction (a savepoint where one is open) as `actor`, then return to the actor before.

    An exception rolls the block back, and with it PostgreSQL returns to the settings of the block around it.
    """
    before = _current.get()
    nested = connection.in_atomic_block
    with transaction.atomic():
        token = _current.set(actor)
        try:
            _tell_database(actor)
            yield actor
            if nested and before != actor and not connection.needs_rollback:
                _tell_database(before)
        finally:
            _current.reset(token)


def read_one_as(actor: Actor, query: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return the first row of one query as `actor`, in one round trip: for what is asked too often for a transaction.

    Outside a transaction, actor and query are sent together, which PostgreSQL runs as one transaction.
    """
    if connection.in_atomic_block:
        with acting_as(actor), connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchone()
    connection.ensure_connection()
    with connection.connection.pipeline(), connection.cursor() as cursor:
        _tell_database(actor)
        cursor.execute(query, parameters)
        return cursor.fetchone()


READING_MINUTES = 15
"""How long a file may take: its transaction keeps old rows from being cleaned up, and the figures of days waiting."""


@contextmanager
def connected_as(actor: Actor) -> Iterator[Any]:
    """Open a database connection of its own (psycopg's) for reading as `actor` in one transaction, and close it afterwards.

    For a download that goes on after its request, perhaps in other threads: the request's connection and its actor are left
    alone. Whoever has a transaction open reads inside it instead, where its own rows are to be seen.
    """
    if connection.in_atomic_block:
        with acting_as(actor):
            yield connection.connection
        return
    own = connections.create_connection(connection.alias)
    own.inc_thread_sharing()
    try:
        own.set_autocommit(False)
        _tell_database(actor, own)
        with own.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{READING_MINUTES}min'")
            cursor.execute("SET TRANSACTION READ ONLY")
        yield own.connection
    finally:
        own.close()
