"""Uploads: a multipart form or a raw body → the stream of a client-streaming RPC.

The rule holds for every RPC whose request message is one oneof of a message (the options) and of
`bytes` (the file): the options go first, then the file in pieces.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import IO, Any
from urllib.parse import parse_qsl

from protobuf import (
    DescField,
    DescFieldValueMessage,
    DescFieldValueScalar,
    Message,
    Oneof,
    ScalarType,
)
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.wsgi import get_input_stream

from services.gateway.contract import ContractError
from services.gateway.payload import MAX_BODY, parse_json, to_message
from services.gateway.problems import Problem, Violation, invalid
from services.gateway.query import read_text
from services.gateway.router import Route
from services.gateway.transcoder import Environ, patient_read, too_large

MAX_UPLOAD = 64 * 1024 * 1024
PIECE = 256 * 1024
FILE_PART = "file"
FILE_TYPES = (
    "text/csv",
    "application/octet-stream",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


@dataclass(frozen=True)
class UploadShape:
    """How an RPC takes a file."""

    options: DescField
    data: DescField


def upload_shape(route: Route) -> UploadShape:
    """The two fields of the request's oneof. ContractError when it is made otherwise."""
    request = route.rpc.desc.input
    options = data = None
    for field in request.fields:
        match field.value:
            case DescFieldValueMessage():
                options = field
            case DescFieldValueScalar(scalar=ScalarType.BYTES):
                data = field
    if options is None or data is None or len(request.oneofs) != 1 or route.variables:
        raise ContractError(
            f"{route.rpc.desc}: a streamed request must be one oneof of a message and of bytes."
        )
    return UploadShape(options, data)


# Its value is the stream of messages; what has been spooled is gone when the block ends.
Read = Callable[[Environ], AbstractContextManager[Iterator[Message]]]


def compile_upload(route: Route) -> Read:
    """What reads a whole upload (to disk, when it is large) and gives back its messages."""
    shape = upload_shape(route)
    kind = route.rpc.desc.input.type
    oneof = route.rpc.desc.input.oneofs[0].local_name
    option_value = shape.options.value
    assert isinstance(option_value, DescFieldValueMessage)
    option_desc = option_value.message
    option_name = shape.options.json_name

    @contextmanager
    def read(environ: Environ) -> Iterator[Iterator[Message]]:
        content_type = str(environ.get("CONTENT_TYPE") or "")
        name = content_type.partition(";")[0].strip().lower()
        with ExitStack() as opened:
            if name == "multipart/form-data":
                options, file = _read_form(environ, option_name, opened)
            elif name in FILE_TYPES:
                options = _options_of_query(environ, option_name)
                file = _spool(environ, opened)
            else:
                raise Problem(
                    415,
                    "UNSUPPORTED_MEDIA_TYPE",
                    f"Send multipart/form-data, or the file itself as {FILE_TYPES[0]}.",
                )
            value = parse_json(options) if options.strip() else {}
            message = to_message(value, option_desc, path=option_name)
            yield pieces(message, file)

    def pieces(options: Message, file: IO[bytes]) -> Iterator[Message]:
        yield kind(**{oneof: Oneof(shape.options.name, options)})
        # gRPC reads ahead in a thread of its own; when the service has refused, the file is gone.
        while not file.closed and (piece := file.read(PIECE)):
            yield kind(**{oneof: Oneof(shape.data.name, piece)})

    return read


def _read_form(environ: Environ, option_name: str, opened: ExitStack) -> tuple[bytes, IO[bytes]]:
    options: bytes | None = None
    file: IO[bytes] | None = None

    def spool(*_: object, **__: object) -> IO[bytes]:
        return _spool_file(opened)

    parser = FormDataParser(
        stream_factory=spool, max_form_memory_size=MAX_BODY, max_form_parts=8, silent=False
    )
    try:
        stream = get_input_stream(_patient(environ), max_content_length=MAX_UPLOAD)
        parsed = parser.parse_from_environ(
            {**environ, "wsgi.input": stream, "wsgi.input_terminated": True}
        )
    except RequestEntityTooLarge as error:
        raise too_large(MAX_UPLOAD) from error
    except ClientDisconnected as error:
        raise _incomplete() from error
    except ValueError as error:
        raise Problem(400, "INVALID_FORM", "The body is not a readable form.") from error
    _, fields, files = parsed
    unknown = [name for name in (*fields, *files) if name not in (option_name, FILE_PART)]
    if unknown:
        name = unknown[0].encode("utf-8", "replace").decode()
        raise invalid([Violation(name, "there is no such part", "UNKNOWN_FIELD")])
    if len(fields.getlist(option_name)) + len(files.getlist(option_name)) > 1:
        raise invalid([Violation(option_name, "is given twice", "DUPLICATE_KEY")])
    if len(files.getlist(FILE_PART)) > 1:
        raise invalid([Violation(FILE_PART, "is given twice", "DUPLICATE_KEY")])
    if option_name in fields:
        options = fields[option_name].encode("utf-8", "surrogatepass")
    elif option_name in files:
        options = files[option_name].stream.read(MAX_BODY)
    if FILE_PART in files:
        file = files[FILE_PART].stream
    elif FILE_PART in fields:
        # curl sends a part without a file name when told `-F file='<people.csv'`.
        file = _spool_file(opened)
        file.write(fields[FILE_PART].encode("utf-8", "surrogatepass"))
    if file is None:
        raise invalid([Violation(FILE_PART, "is needed", "REQUIRED")])
    file.seek(0)
    return options or b"", file


def _options_of_query(environ: Environ, option_name: str) -> bytes:
    found: list[str] = []
    try:
        pairs = parse_qsl(
            str(environ.get("QUERY_STRING") or ""), keep_blank_values=True, errors="strict"
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem(400, "INVALID_UTF8", "The query is not UTF-8.") from error
    for name, value in pairs:
        if name != option_name:
            violation = Violation(name, "there is no such parameter", "UNKNOWN_PARAMETER")
            raise invalid([violation], code="INVALID_PARAMETER")
        found.append(value)
    if len(found) > 1:
        violation = Violation(option_name, "is given twice", "DUPLICATE_PARAMETER")
        raise invalid([violation], code="INVALID_PARAMETER")
    return read_text(found[0]).encode() if found else b""


def _spool(environ: Environ, opened: ExitStack) -> IO[bytes]:
    # Read before the call, not during it: a slow client must not hold a thread of the service.
    file = _spool_file(opened)
    try:
        stream = get_input_stream(_patient(environ), max_content_length=MAX_UPLOAD)
        while piece := stream.read(PIECE):
            file.write(piece)
    except RequestEntityTooLarge as error:
        raise too_large(MAX_UPLOAD) from error
    except ClientDisconnected as error:
        raise _incomplete() from error
    file.seek(0)
    return file


def _patient(environ: Environ) -> dict[str, Any]:
    return {**environ, "wsgi.input": SimpleNamespace(read=patient_read(environ))}


def _incomplete() -> Problem:
    return Problem(400, "INCOMPLETE_BODY", "The body ended early.")


def _spool_file(opened: ExitStack) -> IO[bytes]:
    return opened.enter_context(TemporaryFile(prefix="wasl-upload-"))
