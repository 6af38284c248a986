"""Keyset pages: "after this row" instead of "page 7", so that a deep page costs as much as the first.

Order by one field and the id, both in one direction; there is an index for each order that is offered.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Field, GeneratedField, Model, Q, QuerySet
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """Rows of one page with the cursors of its neighbours, empty where there is none."""

    rows: list[Row]
    previous_cursor: str
    next_cursor: str

    def previous_url(self, query: QueryDict) -> str:
        """Return `?...` for the page before, keeping the other parameters; empty at the start."""
        return _url(query, self.previous_cursor)

    def next_url(self, query: QueryDict) -> str:
        """Return `?...` for the page after, keeping the other parameters; empty at the end."""
        return _url(query, self.next_cursor)


class BadCursor(ValueError):
    """A cursor that no page of this order gave."""


def keyset_page(
    queryset: QuerySet[Row], *, order: str, cursor: str = "", size: int = 25, is_strict: bool = False
) -> KeysetPage[Row]:
    """Return one page of `queryset` ordered by `order` (`-created_at`, `estimated_value` …) and the id.

    cursor: from a page before; one that can't be read gives the first page, since people edit addresses; where is_strict
    it raises BadCursor. Reads one row more than `size` to know whether there is another page. One query.
    """
    field, descending = order.lstrip("-"), order.startswith("-")
    position = _decode(queryset.model, field, cursor)
    if cursor and is_strict and position is None:
        raise BadCursor(cursor)
    backwards = position is not None and position.backwards
    walks_down = descending != backwards
    if position is not None:
        queryset = queryset.filter(_beyond(field, position, "lt" if walks_down else "gt"))
    sign = "-" if walks_down else ""
    rows = list(queryset.order_by(f"{sign}{field}", f"{sign}id")[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (backwards or has_more)
    has_previous = bool(rows) and (has_more if backwards else position is not None)
    return KeysetPage(
        rows,
        _encode(rows[0], field, backwards=True) if has_previous else "",
        _encode(rows[-1], field, backwards=False) if has_next else "",
    )


@dataclass(frozen=True, slots=True)
class _Position:
    value: Any
    row_id: UUID
    backwards: bool


def _beyond(field: str, position: _Position, comparison: str) -> Q:
    # The first condition is implied by the others; it is what lets PostgreSQL start inside the index.
    return Q(**{f"{field}__{comparison}e": position.value}) & (
        Q(**{f"{field}__{comparison}": position.value})
        | Q(**{field: position.value, f"id__{comparison}": position.row_id})
    )


def _encode(row: Model, field: str, *, backwards: bool) -> str:
    value = getattr(row, field)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    parts = ["p" if backwards else "n", text, str(row.pk)]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _decode(model: type[Model], field_name: str, cursor: str) -> _Position | None:
    field = model._meta.get_field(field_name)
    if not isinstance(field, Field):
        raise TypeError(f"{field_name} is a relation, not a column to order by")
    # A generated column of itself takes every text for a value.
    kind: Any = field.output_field if isinstance(field, GeneratedField) else field
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, text, row_id = json.loads(base64.urlsafe_b64decode(padded.encode()))
        value = kind.to_python(text)
        if isinstance(value, Decimal) and not value.is_finite():
            return None
        if isinstance(value, datetime) and value.tzinfo is None:
            return None
        return _Position(value, UUID(row_id), direction == "p") if value is not None else None
    except (ValueError, TypeError, AttributeError, ArithmeticError, ValidationError):
        return None


def _url(query: QueryDict, cursor: str) -> str:
    if not cursor:
        return ""
    parameters = [(key, value) for key, values in query.lists() for value in values if key != "cursor"]
    return "?" + urlencode([*parameters, ("cursor", cursor)])
