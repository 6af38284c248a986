"""The columns of `leadsmarket.lib.exports` as an XLSX sheet: numbers as numbers, times as times, texts never as formulas.

Rows come by a server-side cursor and go to the disk one by one (XlsxWriter's constant_memory). A sheet holds 1,048,576
rows: where there are more, the last one says so.
"""

from collections.abc import Callable, Iterator, Sequence
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from leadsmarket.lib.actor import Actor, connected_as
from leadsmarket.lib.exports import PIECE_BYTES, Column, csv_response, download, office_format
from leadsmarket.lib.money import format_number
from leadsmarket.lib.spreadsheet import safe_cell

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_SHEET = 1_048_576
LONGEST_TEXT = 32_767
ROWS_PER_FETCH = 1000
MOMENT_PATTERNS = {"en": "yyyy-mm-dd hh:mm"}
MOMENT_PATTERN = "dd/mm/yyyy hh:mm"


def xlsx_response(
    rows: QuerySet[Any],
    columns: Sequence[Column],
    *,
    actor: Actor,
    name: str,
    title: str,
    largest: int = LARGEST_SHEET,
) -> StreamingHttpResponse:
    """Return the download of a sheet named `title`, in the active language; `name` is the file's first part.

    Call it inside `acting_as(actor)`: the query is built here, read later. largest: rows of the sheet, heading included.
    """
    statement, parameters = rows.values_list(*(column.source for column in columns)).query.sql_with_params()
    language = translation.get_language() or "fr"
    pieces = _pieces(statement, parameters, columns, actor, title, language, largest)
    return download(pieces, name=f"{name}.xlsx", mime=MIME)


def _pieces(
    statement: str,
    parameters: Sequence[Any],
    columns: Sequence[Column],
    actor: Actor,
    title: str,
    language: str,
    largest: int,
) -> Iterator[bytes]:
    with TemporaryFile() as made:
        # Not across a `yield`: another thread may take the next piece.
        with (
            translation.override(language),
            connected_as(actor) as connection,
            connection.cursor(name="export") as cursor,
        ):
            cursor.itersize = ROWS_PER_FETCH
            cursor.execute(statement, parameters)
            write_workbook(made, columns, iter(cursor), title=title, largest=largest)
        made.seek(0)
        while piece := made.read(PIECE_BYTES):
            yield piece


def write_workbook(
    target: IO[bytes],
    columns: Sequence[Column],
    rows: Iterator[Sequence[Any]],
    *,
    title: str,
    largest: int = LARGEST_SHEET,
) -> None:
    """Write one sheet in the active language, right to left in Arabic, with its first row frozen."""
    with TemporaryDirectory() as folder:
        book = Workbook(target, {"constant_memory": True, "tmpdir": folder, "default_date_format": _moment_pattern()})
        sheet = book.add_worksheet(title[:31])
        if translation.get_language_bidi():
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        heading = book.add_format({"bold": True, "bottom": 1})
        for number, column in enumerate(columns):
            sheet.write_string(0, number, str(column.heading), heading)
        _write_rows(sheet, [_writer(book, sheet, column) for column in columns], rows, largest)
        book.close()


def _write_rows(
    sheet: Worksheet, writers: Sequence[Callable[[int, int, Any], object]], rows: Iterator[Sequence[Any]], largest: int
) -> None:
    last = largest - 1
    for number, row in enumerate(rows, start=1):
        if number == last and next(rows, None) is not None:
            note = _("There are more rows than a sheet holds: these are the first %(count)s. The CSV has all of them.")
            sheet.write_string(number, 0, note % {"count": format_number(number - 1)})
            return
        for place, (write, value) in enumerate(zip(writers, row, strict=True)):
            if value is not None and value != "":
                write(number, place, value)


def _writer(book: Workbook, sheet: Worksheet, column: Column) -> Callable[[int, int, Any], object]:
    match column.kind:
        case "amount":
            money = book.add_format({"num_format": "#,##0.00"})
            return lambda row, place, value: sheet.write_number(row, place, value, money)
        case "number":
            return lambda row, place, value: sheet.write_number(row, place, value)
        case "moment":
            moment = book.add_format({"num_format": _moment_pattern()})
            # A sheet knows no time zones: what stands there is Casablanca's time.
            return lambda row, place, value: sheet.write_datetime(row, place, timezone.make_naive(value), moment)
        case "code" if column.labels:
            labels = {code: str(label) for code, label in column.labels.items()}
            return lambda row, place, value: sheet.write_string(row, place, labels.get(value, value))
    return lambda row, place, value: sheet.write_string(row, place, safe_cell(str(value))[:LONGEST_TEXT])


def _moment_pattern() -> str:
    return MOMENT_PATTERNS.get((translation.get_language() or "")[:2], MOMENT_PATTERN)


def list_response(
    rows: QuerySet[Any], columns: Sequence[Column], *, actor: Actor, name: str, title: str, file_format: str
) -> StreamingHttpResponse:
    """Return a list as the file that was asked for: `csv` for Excel in the active language, or `xlsx`. Raises Http404."""
    if file_format == "csv":
        return csv_response(rows, columns, actor=actor, name=name, layout=office_format())
    if file_format == "xlsx":
        return xlsx_response(rows, columns, actor=actor, name=name, title=title)
    raise Http404
