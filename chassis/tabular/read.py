"""Reading a table as a stream of rows; a CSV file is never in memory as a whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from chassis.tabular.detect import SAMPLE_BYTES, Format, detect_format
from chassis.tabular.errors import BadRow, TableError
from chassis.tabular.read_csv import csv_records
from chassis.tabular.read_xlsx import xlsx_records

MAX_COLUMNS = 500
MANIFEST_PREFIX = "# "

Row = tuple[int, list[str]]
_INVISIBLE = "\ufeff\u200e\u200f\u200b"


@dataclass(frozen=True, slots=True)
class Table:
    """A table being read. `rows` can be gone through once.

    An item of `rows` is `(number, cells)` with as many cells as the header, or a BadRow. Numbers
    are those a spreadsheet shows: the header is 1, and a record of several lines counts once.
    """

    format: Format
    header: list[str]
    rows: Iterator[Row | BadRow]


def read_table(
    chunks: Iterable[bytes],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Return the table in a CSV, TSV or XLSX file that arrives in chunks of any size.

    What is not given is detected (`chassis.tabular.detect`); `sheet` names the worksheet, or else
    it is the first visible one. Rows without any content are skipped but counted. A column without
    a name is called by its number, as in `#38`. Cells of a workbook come as text: dates in
    ISO 8601, numbers as plain decimals, `true` and `false`, empty cells as "".

    Raises TableError, here or while the rows are read; `chassis.tabular.errors` has the reasons.
    """
    stream = iter(chunks)
    sample, rest = _sample(stream)
    found = detect_format(sample, encoding=encoding, delimiter=delimiter)
    records: Iterator[Row | BadRow]
    if found.kind == "xlsx":
        records = xlsx_records(chain([sample], rest), sheet=sheet, max_columns=MAX_COLUMNS)
    else:
        records = csv_records(
            chain([sample], rest),
            encoding=found.encoding or "utf-8",
            delimiter=found.delimiter or ",",
        )
    header = _header(records)
    return Table(format=found, header=header, rows=_rows(records, width=len(header)))


def _sample(stream: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Take chunks until there is enough to judge the format by."""
    taken: list[bytes] = []
    size = 0
    for chunk in stream:
        taken.append(chunk)
        size += len(chunk)
        if size >= SAMPLE_BYTES:
            break
    return b"".join(taken), stream


def _header(records: Iterator[Row | BadRow]) -> list[str]:
    for record in records:
        if isinstance(record, BadRow):
            raise TableError(f"The header cannot be read: {record.sentence}", reason="NOT_A_TABLE")
        _, cells = record
        if not any(cells):
            continue
        names = [cell.strip().strip(_INVISIBLE).strip() for cell in cells]
        if len(names) > MAX_COLUMNS:
            raise TableError(
                f"The table has {len(names)} columns; {MAX_COLUMNS} is the most.",
                reason="TOO_MANY_COLUMNS",
            )
        header = [name or f"#{number}" for number, name in enumerate(names, start=1)]
        _refuse_duplicates(header)
        return header
    raise TableError("The file has no header.", reason="EMPTY_FILE")


def _refuse_duplicates(header: list[str]) -> None:
    seen: set[str] = set()
    for name in header:
        key = name.casefold()
        if key in seen:
            raise TableError(
                f"Two columns are called {name[:100]!r}; each needs a name of its own.",
                reason="DUPLICATE_HEADER",
            )
        seen.add(key)


def _rows(records: Iterator[Row | BadRow], *, width: int) -> Iterator[Row | BadRow]:
    for record in records:
        if isinstance(record, BadRow):
            yield record
            continue
        number, cells = record
        if len(cells) == width:
            if any(cells):
                yield record
        elif not any(cells):
            continue
        elif len(cells) > width and not any(cells[width:]):
            yield number, cells[:width]  # delimiters at the line's end, as some programs write them
        elif not (len(cells) == 1 and cells[0].startswith(MANIFEST_PREFIX + "rows=")):
            yield BadRow(
                number=number,
                reason="COLUMN_COUNT",
                sentence=f"The row has {len(cells)} cells and the header {width}.",
                cells=tuple(cells[: MAX_COLUMNS + 1]),
            )
