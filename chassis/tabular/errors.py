"""What can be wrong with a table as a whole, and with one row of it."""

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "EMPTY_FILE",  # no bytes, or no row that could be the header
    "NOT_A_TABLE",  # a picture, an old .xls, an encrypted or broken workbook
    "UNKNOWN_ENCODING",  # bytes that are no text in the encoding found or named
    "NUL_BYTE",  # a text file with U+0000 in it, which PostgreSQL cannot store
    "DUPLICATE_HEADER",
    "TOO_MANY_COLUMNS",
    "TOO_MANY_ROWS",  # more than a worksheet can hold
    "RECORD_TOO_LONG",  # usually a quotation mark that is never closed
    "WORKBOOK_TOO_LARGE",  # unpacks to more than the limits: a zip bomb
    "NO_SUCH_SHEET",
]


class TableError(ValueError):
    """The file as a whole cannot be read or written; `reason` is stable, `sentence` is for people.

    Reading is streamed, so it may come from the iterator after rows were already given.
    """

    def __init__(self, sentence: str, *, reason: Reason) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that does not fit the table; the rows after it go on.

    `number` is the row's number in a spreadsheet, `cells` what could be read of it.
    """

    number: int
    reason: Literal["COLUMN_COUNT", "BAD_QUOTING", "FIELD_TOO_LONG"]
    sentence: str
    cells: tuple[str, ...] = ()
