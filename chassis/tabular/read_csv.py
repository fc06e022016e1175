"""CSV records out of chunks of bytes, decoded and split as they come."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Literal

from chassis.tabular.detect import excel_separator
from chassis.tabular.errors import BadRow, TableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# The csv module's own limit on one field is 128 KiB and stays as it is: it is process-wide.
MAX_RECORD_CHARACTERS = 4 * 1024 * 1024
_BUFFER_BYTES = 256 * 1024


class _ChunkStream(io.RawIOBase):
    """The chunks as one readable file, for io.TextIOWrapper to decode in C."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._left))
        target[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


class _Lines:
    """The lines of a text, held to what one record may need.

    The csv reader takes as many lines as an open quotation mark makes it, so the lines count the
    characters given since the last complete record.
    """

    def __init__(self, text: io.TextIOWrapper, *, encoding: str) -> None:
        self._read: Callable[[int], str] = text.readline
        self._encoding = encoding
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        read, limit = self._read, MAX_RECORD_CHARACTERS
        while True:
            try:
                line = read(limit)
            except UnicodeDecodeError as error:
                raise TableError(
                    f"The file is not text in the encoding {self._encoding} throughout; "
                    "name its encoding.",
                    reason="UNKNOWN_ENCODING",
                ) from error
            if not line:
                return
            self.characters += len(line)
            if self.characters >= limit:
                raise TableError(
                    "A record has no end; is a quotation mark not closed?", reason="RECORD_TOO_LONG"
                )
            if "\0" in line:
                raise TableError("The file contains a NUL character.", reason="NUL_BYTE")
            yield line


def csv_records(
    chunks: Iterable[bytes], *, encoding: str, delimiter: str
) -> Iterator[tuple[int, list[str]] | BadRow]:
    r"""Give each record with its number, from 1; empty lines are counted and give no cells.

    RFC 4180 quoting; lines end in CR, LF or CRLF. A record that breaks the quoting rules is a
    BadRow and reading goes on with the next line.
    """
    buffered = io.BufferedReader(_ChunkStream(chunks), buffer_size=_BUFFER_BYTES)
    # newline="" splits at every line end and keeps it, which is what the csv reader wants.
    lines = _Lines(io.TextIOWrapper(buffered, encoding=encoding, newline=""), encoding=encoding)
    given = iter(lines)
    first = next(given, "")
    reader = csv.reader(
        given if excel_separator(first) else chain([first], given),
        delimiter=delimiter,
        strict=True,
    )
    number = 1
    while True:
        try:
            for cells in reader:
                lines.characters = 0
                yield number, cells
                number += 1
            return
        except csv.Error as error:
            yield _bad(error, number=number)
            number += 1
            lines.characters = 0


def _bad(error: csv.Error, *, number: int) -> BadRow:
    reason: Literal["FIELD_TOO_LONG", "BAD_QUOTING"] = "BAD_QUOTING"
    sentence = "The quotation marks do not match."
    if "field limit" in str(error):
        reason = "FIELD_TOO_LONG"
        sentence = f"A cell has more than {csv.field_size_limit():,} characters."
    return BadRow(number=number, reason=reason, sentence=sentence)
