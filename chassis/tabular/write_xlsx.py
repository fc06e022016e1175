"""Writing a table as an XLSX workbook, row by row, with typed numbers and dates."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol

import xlsxwriter

from chassis.tabular.errors import TableError
from chassis.tabular.read_xlsx import MAX_SHEET_ROWS
from chassis.tabular.write import Manifest, Value, manifest_line, text_of

_CHUNK_BYTES = 64 * 1024
_MEMORY_BYTES = 4 * 1024 * 1024
_MAX_CELL = 32_767  # UTF-16 units a cell can hold
_EXACT_DIGITS = 15  # more than these a spreadsheet's number cannot hold
_FIRST_YEAR = 1900
_SHEET_NAME_LENGTH = 31


class _Sheet(Protocol):
    """The part of an xlsxwriter worksheet used here; xlsxwriter ships no types."""

    def write_string(self, row: int, column: int, text: str) -> int: ...
    def write_number(self, row: int, column: int, number: float) -> int: ...
    def write_boolean(self, row: int, column: int, value: bool) -> int: ...
    def write_datetime(self, row: int, column: int, value: date, cell_format: object) -> int: ...


def write_xlsx(
    rows: Iterable[Sequence[Value]],
    *,
    header: Sequence[str],
    sheet: str,
    right_to_left: bool = False,
    manifest: Manifest = None,
) -> Iterator[bytes]:
    """Give the workbook in chunks of 64 KiB; rows wait in a temporary file, never in memory.

    Text is never run as a formula or made a link. Datetimes are shown in UTC. What a worksheet
    cannot hold as a number or a date is written as text: more than 15 digits, years before 1900.
    A text longer than a cell can hold is cut and ends in `…`. The manifest goes to a second sheet.
    Raises TableError TOO_MANY_ROWS beyond 1,048,576 rows.
    """
    with SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        _fill(
            file, rows, header=header, sheet=sheet, right_to_left=right_to_left, manifest=manifest
        )
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _fill(
    file: IO[bytes],
    rows: Iterable[Sequence[Value]],
    *,
    header: Sequence[str],
    sheet: str,
    right_to_left: bool,
    manifest: Manifest,
) -> None:
    workbook = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    try:
        worksheet = workbook.add_worksheet(_sheet_name(sheet))
        if right_to_left:
            worksheet.right_to_left()
        worksheet.freeze_panes(1, 0)
        formats = _Formats(workbook)
        for column, name in enumerate(header):
            worksheet.write_string(0, column, _fitting(name))
        for number, row in enumerate(rows, start=1):
            if number >= MAX_SHEET_ROWS:
                raise TableError(
                    "A worksheet cannot hold so many rows; export CSV.", reason="TOO_MANY_ROWS"
                )
            for column, value in enumerate(row):
                _write(worksheet, number, column, value, formats=formats)
        if manifest is not None:
            name = "manifest" if sheet.casefold() != "manifest" else "manifest 2"
            workbook.add_worksheet(name).write_string(0, 0, manifest_line(manifest))
    finally:
        # Also removes the temporary files of the rows when the rows failed.
        workbook.close()


class _Formats:
    """The two ways a date is shown."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self.date: object = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self.datetime: object = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})


def _write(sheet: _Sheet, row: int, column: int, value: Value, *, formats: _Formats) -> None:
    if isinstance(value, str):
        if value:
            sheet.write_string(row, column, _fitting(value))
    elif value is None:
        return
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        _write_date(sheet, row, column, value, formats=formats)
    elif _is_exact(value):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, text_of(value))


def _write_date(sheet: _Sheet, row: int, column: int, value: date, *, formats: _Formats) -> None:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    if value.year < _FIRST_YEAR:
        sheet.write_string(row, column, value.isoformat())
    else:
        shown = formats.datetime if isinstance(value, datetime) else formats.date
        sheet.write_datetime(row, column, value, shown)


def _is_exact(value: float | Decimal) -> bool:
    if isinstance(value, int):
        return len(str(abs(value))) <= _EXACT_DIGITS
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.as_tuple().digits) <= _EXACT_DIGITS
    return math.isfinite(value)


def _fitting(text: str) -> str:
    text = text.encode("utf-8", errors="replace").decode() if not text.isprintable() else text
    if len(text) * 2 <= _MAX_CELL:
        return text
    units = text.encode("utf-16-le")
    if len(units) // 2 <= _MAX_CELL:
        return text
    return units[: (_MAX_CELL - 1) * 2].decode("utf-16-le", errors="ignore") + "…"


def _sheet_name(title: str) -> str:
    """Return a title a worksheet may have: at most 31 characters and none of []:*?/\\ in it."""
    cleaned = "".join(" " if letter in "[]:*?/\\" else letter for letter in title)
    return cleaned.strip().strip("'")[:_SHEET_NAME_LENGTH].strip() or "1"
