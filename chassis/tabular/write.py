"""Writing tables as streams: CSV for programs and any size, XLSX for people."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from chassis.tabular.read import MANIFEST_PREFIX

Value = str | int | float | Decimal | bool | date | datetime | None
# Known only after the last row, so a function that gives the line is accepted as well.
Manifest = str | Callable[[], str] | None

_ROWS_PER_CHUNK = 500
# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, "CSV Injection").
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_FORMULA_STARTS = frozenset("'=+-@\t\r")


def write_csv(
    rows: Iterable[Sequence[Value]],
    *,
    header: Sequence[str],
    byte_order_mark: bool = True,
    manifest: Manifest = None,
) -> Iterator[bytes]:
    """Give the table as CSV in UTF-8: RFC 4180, comma, CRLF.

    The byte order mark makes Excel read Arabic and Persian rightly. Text that a spreadsheet would
    run as a formula gets an apostrophe in front (numbers do not need it); `unguard` takes it off.
    A manifest, as in `rows=120;total=4500.00`, becomes a last line `# rows=120;total=4500.00`,
    which `read_table` knows and leaves out of a table of several columns.
    """
    buffer = io.StringIO()
    buffer.write("\ufeff" if byte_order_mark else "")
    writer = csv.writer(buffer)
    waiting = 0
    for row in chain([header], rows):
        writer.writerow([_csv_cell(value) for value in row])
        waiting += 1
        if waiting == _ROWS_PER_CHUNK:
            yield _taken(buffer)
            waiting = 0
    if manifest is not None:
        writer.writerow([MANIFEST_PREFIX + manifest_line(manifest)])
    yield _taken(buffer)


def manifest_line(manifest: str | Callable[[], str]) -> str:
    """Return the manifest, asking for it now when it is a function."""
    return manifest if isinstance(manifest, str) else manifest()


def guard(text: str) -> str:
    """Return the text as no spreadsheet will take it for a formula."""
    if text and text[0] in _FORMULA_STARTS and _FORMULA.match(text):
        return text if _NUMBER.fullmatch(text) else "'" + text
    return text


def unguard(text: str) -> str:
    """Return what `guard` was given, for reading our own files back."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def text_of(value: Value) -> str:
    """Return a value as text: ISO 8601 dates, plain decimals, `true` and `false`, "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _csv_cell(value: Value) -> str:
    return guard(value) if isinstance(value, str) else text_of(value)


def _taken(buffer: io.StringIO) -> bytes:
    """Empty the buffer into bytes; a lone surrogate, which UTF-8 lacks, becomes a question mark."""
    data = buffer.getvalue().encode("utf-8", errors="replace")
    buffer.seek(0)
    buffer.truncate()
    return data
