"""Cells of CSV and XLSX files: no text that a person typed is taken for a formula (product.md, "Data"; OWASP, CSV injection).

A guarded text has an apostrophe before what could begin a formula: a spreadsheet hides it, other readers see it. `safe_cell` is
for files made in Python, `safe_cell_sql` for those that PostgreSQL formats; both guard the same. XLSX takes texts by
`write_string` besides.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

GUARD = "'"

# What begins a formula; in full width too, which spreadsheets read alike. The minus is last, for use in [...].
FORMULA_STARTS = "=+@\uff1d\uff0b\uff20\uff0d-"
# What a program may drop before it looks: white space, invisible marks, quotes.
DROPPED = (
    " \v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
    "'\"`\u2018\u2019\u201c\u201d\xab\xbb"
)
# What begins another cell or row where a program splits by another separator than ours.
BREAKS = "\t\r\n;"

NUMBER = r"^-?[0-9]+([.][0-9]+)?$"
AT_START = f"^[{DROPPED}]*[\t\r\n{FORMULA_STARTS}]"
AFTER_BREAK = f"([{BREAKS}])(?=[{DROPPED}]*[{FORMULA_STARTS}])"

_number, _at_start, _after_break = re.compile(NUMBER), re.compile(AT_START), re.compile(AFTER_BREAK)


def safe_cell(value: Any) -> Any:
    """Return a value as it may stand in a cell.

    Numbers, dates and None stay as they are, and so does a text that is a number, such as `-12.50`. Other texts are guarded
    where a formula could begin: at the start, also behind spaces, quotes and invisible marks, and behind `;`, tab or a line
    break, where a program that splits by these would begin a cell.
    """
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return value
    text = str(value).replace("\x00", "")
    if _number.fullmatch(text):
        return text
    guarded = _after_break.sub(rf"\1{GUARD}", text)
    return GUARD + guarded if _at_start.match(text) else guarded


def safe_cell_sql(column: str) -> str:
    """Return the SQL expression that guards a text column as `safe_cell` does. `column` is SQL of ours, never input."""
    number, at_start, after_break, replacement = (
        "'" + pattern.replace("'", "''") + "'" for pattern in (NUMBER, AT_START, AFTER_BREAK, rf"\1{GUARD}")
    )
    return (
        f"(CASE WHEN {column} ~ {number} THEN {column} ELSE"
        f" CASE WHEN {column} ~ {at_start} THEN '''' ELSE '' END"
        f" || regexp_replace({column}, {after_break}, {replacement}, 'g') END)"
    )
