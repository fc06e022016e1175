"""Rows out of an XLSX workbook, as text, with guards against workbooks made to do harm."""

import lzma
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from copy import copy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from chassis.tabular.errors import TableError

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MAX_SHEET_ROWS = 1_048_576  # ECMA-376: what a worksheet can hold
_MEMORY_BYTES = 4 * 1024 * 1024
_MAX_UNPACKED = 512 * 1024 * 1024
_MAX_SHARED_STRINGS = 128 * 1024 * 1024  # openpyxl holds these in memory, three to four times over
_MAX_OTHER_PART = 32 * 1024 * 1024  # styles and the like, held as objects
_MAX_PARTS = 2_000
_BLOCK_BYTES = 256 * 1024
# XML of worksheets packs to a tenth or a twentieth; a bomb packs to a thousandth.
_MAX_RATIO = 250
_RATIO_MATTERS_ABOVE = 16 * 1024 * 1024

# openpyxl warns of every feature it will not write back; we only read.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")

# What openpyxl, zipfile and the XML parser raise on a damaged file. The list is long because none
# of them promises one error; MemoryError and the like still pass.
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, KeyError,
    ValueError, TypeError, IndexError, AttributeError, SyntaxError, EOFError, OverflowError,
    RuntimeError, OSError,
)  # fmt: skip


def xlsx_records(
    chunks: Iterable[bytes], *, sheet: str | None, max_columns: int
) -> Iterator[tuple[int, list[str]]]:
    """Give each row of a worksheet with its number; rows end at the last cell that has content.

    The first row with content sets the width: shorter rows are filled up with "".
    Raises TableError.
    """
    with SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        for chunk in chunks:
            file.write(chunk)
        try:
            _refuse_bomb(file)
            file.seek(0)
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except _BROKEN as error:
            raise _broken(error) from error
        with closing(workbook):
            worksheet = _worksheet(workbook, sheet)
            # The size a workbook claims for a sheet may be wrong, and some programs claim A1.
            worksheet.reset_dimensions()
            yield from _records(worksheet, max_columns=max_columns)


def _records(
    worksheet: "ReadOnlyWorksheet", *, max_columns: int
) -> Iterator[tuple[int, list[str]]]:
    width = 0
    # The stubs bind this method to the writable worksheet only.
    rows = worksheet.iter_rows(values_only=True)  # type: ignore[misc]
    for number in range(1, MAX_SHEET_ROWS + 2):
        try:
            row = next(rows, None)
            if row is None:
                return
            cells = [_text(value) for value in row]
        except _BROKEN as error:
            raise _broken(error) from error
        if number > MAX_SHEET_ROWS:
            raise TableError("The worksheet has too many rows.", reason="TOO_MANY_ROWS")
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > max_columns:
            raise TableError(
                f"Row {number} reaches column {len(cells)}; {max_columns} is the most.",
                reason="TOO_MANY_COLUMNS",
            )
        width = width or len(cells)
        cells.extend([""] * (width - len(cells)))
        yield number, cells


def _refuse_bomb(file: IO[bytes]) -> None:
    """Refuse what would unpack to too much, before anything of it is in memory.

    First by the sizes the archive declares; then every part is unpacked block by block and must
    have the size it declares, because openpyxl reads some parts in one go.
    """
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        packed = max(1, sum(part.compress_size for part in parts))
        largest = max(
            (part.file_size for part in parts if _is_held_whole(part.filename)), default=0
        )
        strings = sum(part.file_size for part in parts if _is_strings(part.filename))
        if (
            len(parts) > _MAX_PARTS
            or unpacked > _MAX_UNPACKED
            or largest > _MAX_OTHER_PART
            or strings > _MAX_SHARED_STRINGS
            or (unpacked > _RATIO_MATTERS_ABOVE and unpacked > packed * _MAX_RATIO)
        ):
            raise TableError(
                "The workbook unpacks to more than this service reads; save the table as CSV.",
                reason="WORKBOOK_TOO_LARGE",
            )
        if any(_real_size(archive, part) != part.file_size for part in parts):
            raise zipfile.BadZipFile("a part is not as long as it says")


def _real_size(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Return the unpacked size, or one byte more than declared when it is more than that."""
    probe = copy(part)
    probe.file_size = part.file_size + 1  # zipfile stops at the declared size, so ask for more
    probe.CRC = None  # type: ignore[assignment] # how zipfile is told not to compare
    with archive.open(probe) as stream:
        return sum(len(block) for block in iter(partial(stream.read, _BLOCK_BYTES), b""))


def _is_strings(name: str) -> bool:
    return name.casefold().endswith("sharedstrings.xml")


def _is_held_whole(name: str) -> bool:
    """Tell the parts openpyxl parses into objects from sheets, which it streams, and from media."""
    name = name.casefold()
    streamed = "/worksheets/sheet" in name or _is_strings(name)
    return name.endswith((".xml", ".rels")) and not streamed


def _worksheet(workbook: "Workbook", sheet: str | None) -> "ReadOnlyWorksheet":
    worksheets: list[ReadOnlyWorksheet] = [
        worksheet
        for worksheet in workbook.worksheets
        if worksheet.sheet_state == "visible" and hasattr(worksheet, "reset_dimensions")
    ]
    for worksheet in worksheets:
        if sheet is None or worksheet.title == sheet:
            return worksheet
    raise TableError("The workbook has no such worksheet.", reason="NO_SUCH_SHEET")


def _broken(error: Exception) -> TableError:
    if isinstance(error, TableError):
        return error
    return TableError("The workbook is damaged or protected by a password.", reason="NOT_A_TABLE")


def _text(value: object) -> str:
    """Return a cell as text. Datetimes at midnight are dates: a workbook knows no other dates."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _plain_decimal(value)
    if isinstance(value, datetime):
        return _datetime_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _plain_decimal(value: float) -> str:
    """Return the 15 significant digits a spreadsheet shows, without an exponent."""
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _datetime_text(value: datetime) -> str:
    # Workbooks count in fractions of a day, so a whole second arrives a few microseconds off.
    rounded = value.replace(microsecond=0)
    if value.microsecond >= 500_000:
        rounded += timedelta(seconds=1)
    if not (rounded.hour or rounded.minute or rounded.second):
        return rounded.date().isoformat()
    return rounded.isoformat()
