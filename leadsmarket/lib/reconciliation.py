"""What a reconciliation finds: rows that contradict each other. Each app states its own invariants as SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, connections, transaction


@dataclass(frozen=True, slots=True)
class Difference:
    """One broken invariant. kind: its name. object_id: the row it is about. expected, found: as text, amounts in MAD."""

    kind: str
    object_id: UUID
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: expected {self.expected}, found {self.found}"


def find_differences(sql: str, *, using: str) -> list[Difference]:
    """Run a query that gives kind, object id, expected and found, one row per difference."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql)
        return [Difference(*row) for row in cursor.fetchall()]


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all queries of the block see the database of one moment, however long they take, and change nothing.

    In a transaction that is open already there is nothing to choose any more, so its own isolation applies.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
