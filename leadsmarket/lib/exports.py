"""Lists as files: one description of the columns, streamed as CSV by PostgreSQL's COPY or written as XLSX.

A query of ours says which rows and in which order; PostgreSQL itself writes local times, labels, decimal commas and the guard
against formulas, and the rows pass through in pieces of 64 kB, so that a million leads take no more memory than ten. The file
has a database connection of its own, on which the asker is the actor: row security decides there as on the page.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language

from leadsmarket.lib.actor import Actor, connected_as
from leadsmarket.lib.spreadsheet import safe_cell, safe_cell_sql
from leadsmarket.lib.zone import local_time_sql

Kind = Literal["text", "code", "amount", "number", "moment", "id"]

PIECE_BYTES = 64 * 1024
BYTE_ORDER_MARK = "\ufeff".encode()
"""Without it Excel takes the file for the machine's old character set."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file. source: as in `QuerySet.values_list`. labels: what codes are called, in the user's language.

    text is guarded against formulas; id and code (without labels) are our own words. Amounts are numeric in MAD, moments
    timestamps. width: of the sheet's column, in characters.
    """

    heading: str | Promise
    source: str
    kind: Kind = "text"
    labels: Mapping[str, str | Promise] = field(default_factory=dict)
    width: int = 16


@dataclass(frozen=True, slots=True)
class Format:
    """How a CSV is written. moment: as PostgreSQL's to_char takes it; is_local: in the platform's time zone, else in UTC."""

    separator: str = ","
    decimal_mark: str = "."
    moment: str = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
    is_local: bool = False
    has_mark: bool = False


MACHINE_FORMAT = Format()
"""For programs: commas, points, UTC."""
OFFICE_FORMATS = {
    "fr": Format(";", ",", "DD/MM/YYYY HH24:MI", is_local=True, has_mark=True),
    "ar": Format(";", ",", "DD/MM/YYYY HH24:MI", is_local=True, has_mark=True),
    "en": Format(",", ".", "YYYY-MM-DD HH24:MI", is_local=True, has_mark=True),
}
"""What Excel opens by a double click on a machine in this language: semicolons where the comma is the decimal mark."""


def office_format() -> Format:
    """Return the format of the active language."""
    return OFFICE_FORMATS[(get_language() or "fr")[:2]]


def csv_response(
    rows: QuerySet[Any], columns: Sequence[Column], *, actor: Actor, name: str, layout: Format
) -> StreamingHttpResponse:
    """Return the download of a CSV; `name` is the file's first part, the day follows.

    Call it inside `acting_as(actor)`: the query is built here, read later.
    """
    statement, parameters = copy_statement(rows, columns, layout)
    heading = heading_line(columns, layout)
    return download(_pieces(statement, parameters, heading, actor), name=f"{name}.csv", mime="text/csv; charset=utf-8")


def download(pieces: Iterator[bytes], *, name: str, mime: str) -> StreamingHttpResponse:
    """Return a streamed download; `name.ext` gets today's date (Casablanca) before its ending."""
    stem, _point, ending = name.rpartition(".")
    response = StreamingHttpResponse(pieces, content_type=mime)
    response["Content-Disposition"] = f'attachment; filename="{stem}-{timezone.localdate().isoformat()}.{ending}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def heading_line(columns: Sequence[Column], layout: Format) -> bytes:
    """Return the first line, with the byte order mark where the format has one."""
    text = io.StringIO()
    headings = [safe_cell(str(column.heading)) for column in columns]
    csv.writer(text, delimiter=layout.separator, lineterminator="\n").writerow(headings)
    return (BYTE_ORDER_MARK if layout.has_mark else b"") + text.getvalue().encode()


def copy_statement(rows: QuerySet[Any], columns: Sequence[Column], layout: Format) -> tuple[str, list[Any]]:
    """Return the COPY that writes the rows, in the query's order, and its parameters."""
    inner, inner_parameters = rows.values_list(*(column.source for column in columns)).query.sql_with_params()
    cells, parameters = [], []
    for number, column in enumerate(columns):
        sql, given = _cell(f"t.c{number}", column, layout)
        cells.append(sql)
        parameters += given
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    # The separator and the names are ours; everything that somebody typed is a parameter.
    statement = (
        f"COPY (SELECT {', '.join(cells)} FROM ({inner}) AS t ({names}))"
        f" TO STDOUT (FORMAT csv, DELIMITER '{layout.separator}', ENCODING 'UTF8')"
    )
    return statement, [*parameters, *inner_parameters]


def _cell(name: str, column: Column, layout: Format) -> tuple[str, list[Any]]:
    match column.kind:
        case "amount" if layout.decimal_mark != ".":
            return f"replace({name}::text, '.', '{layout.decimal_mark}')", []
        case "moment":
            local, parameters = local_time_sql(name) if layout.is_local else (f"{name} AT TIME ZONE 'UTC'", [])
            return f"to_char({local}, '{layout.moment}')", parameters
        case "code" if column.labels:
            cases = "WHEN %s THEN %s " * len(column.labels)
            pairs = [part for code, label in column.labels.items() for part in (code, safe_cell(str(label)))]
            return f"CASE {name} {cases}END", pairs
        case "text" | "code":
            return f"nullif({safe_cell_sql(name)}, '')", []
    return name, []


def _pieces(statement: str, parameters: Sequence[Any], heading: bytes, actor: Actor) -> Iterator[bytes]:
    # At once: the browser shows the download while the database still looks for the first row.
    yield heading
    with connected_as(actor) as connection, connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        piece = bytearray()
        for row in copy:
            piece += row
            if len(piece) >= PIECE_BYTES:
                yield bytes(piece)
                piece.clear()
        if piece:
            yield bytes(piece)


def labels_of(choices: Sequence[tuple[Any, Any]]) -> dict[str, str | Promise]:
    """Return a model's choices as a column takes them."""
    return {str(code): label for code, label in choices}
