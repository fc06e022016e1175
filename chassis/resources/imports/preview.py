"""The beginning of a file that is to be imported, so that people can say what its columns mean."""

from collections.abc import Iterable, Iterator
from itertools import islice

from chassis.errors import InvalidArgument, ResourceExhausted
from chassis.grpc.call import Call
from chassis.resources.imports.upload import MAX_BYTES, read_options
from chassis.tabular.errors import BadRow, TableError
from chassis.tabular.read import Table, read_table
from wasl.platform.v1.import_service_pb import PreviewImportResponse
from wasl.platform.v1.imports_pb import ImportChunk

_ROWS = 20
# A workbook does not say how many rows it has; so many are counted, and it may have more.
_COUNTED = 50_000


def preview_import(chunks: Iterable[ImportChunk], _call: Call) -> PreviewImportResponse:
    """Header, first rows, and what was found out about the file. Nothing is kept.

    Raises InvalidArgument for a file that cannot be read, with the reason of the table reader.
    """
    stream = iter(chunks)
    options = read_options(next(stream, None))
    upload = _Upload(stream)
    try:
        table = read_table(
            iter(upload), encoding=options.encoding or None, delimiter=options.delimiter or None
        )
        rows = list(islice(table.rows, _ROWS))
        estimate = _estimate(table, upload, shown=len(rows))
    except TableError as error:
        raise InvalidArgument(error.reason, error.sentence) from error
    return PreviewImportResponse(
        header=table.header,
        rows=[PreviewImportResponse.Row(cells=_cells(row)) for row in rows],
        encoding=table.format.encoding or "",
        delimiter=table.format.delimiter or "",
        row_estimate=estimate,
    )


class _Upload:
    """The bytes of a file as they come, and how many lines have come."""

    def __init__(self, chunks: Iterator[ImportChunk]) -> None:
        self._chunks = chunks
        self.lines = self._size = 0
        self._ends_a_line = True

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            part = chunk.part
            if part is None or part.field != "data":
                raise InvalidArgument("DATA_MISSING", "After the options comes only data.")
            data: bytes = part.value
            self._size += len(data)
            if self._size > MAX_BYTES:
                raise ResourceExhausted(
                    "PAYLOAD_TOO_LARGE", f"A file may have {MAX_BYTES // 1024 // 1024} MiB."
                )
            self.lines += data.count(b"\n")
            if data:
                self._ends_a_line = data.endswith((b"\n", b"\n\x00"))
            yield data

    def count_the_rest(self) -> int:
        """All lines of the file, without looking into them."""
        for _ in self:
            pass
        return self.lines + (not self._ends_a_line)


def _estimate(table: Table, upload: _Upload, *, shown: int) -> int:
    if table.format.kind == "xlsx":
        return shown + sum(1 for _ in islice(table.rows, _COUNTED - shown))
    # The header is no row; a line end within quotes is none either, so this is about right.
    return max(upload.count_the_rest() - 1, shown)


def _cells(row: tuple[int, list[str]] | BadRow) -> list[str]:
    return list(row.cells) if isinstance(row, BadRow) else row[1]
