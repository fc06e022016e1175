"""Query, path, headers and body → the request of an RPC. What can be is worked out at start."""

import re
from collections.abc import Callable, Mapping
from typing import IO, cast
from urllib.parse import parse_qsl

from gunicorn.http.errors import ParseException
from protobuf import (
    DescField,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    Message,
    ScalarType,
)

from services.gateway.contract import Contract, option
from services.gateway.cookies import cookie_fields
from services.gateway.payload import MAX_BODY, parse_json, text_error, to_message
from services.gateway.problems import Problem, Violation, invalid
from services.gateway.query import (
    Parameter,
    Parameters,
    assign,
    compile_parameters,
    read_query,
)
from services.gateway.router import Route

Environ = Mapping[str, object]
# From the WSGI environment and the values of the path, in the order of the path.
Transcode = Callable[[Environ, list[str]], Message]

_OUTPUT_ONLY = 3  # google.api.FieldBehavior
_ETAG = re.compile(r'(?:W/)?"([0-9A-Za-z]{1,100})"')
_JSON_TYPES = ("application/json", "application/merge-patch+json")
_FORM_TYPE = "application/x-www-form-urlencoded"
_MAX_FORM_FIELDS = 50


def compile_transcoder(route: Route, contract: Contract) -> Transcode:
    """What turns a request to this route into the message of its RPC."""
    request = route.rpc.desc.input
    kind = request.type
    variables = [
        Parameter("", path, repeated=False, read=_read_variable) for path in route.variables
    ]
    service = next((one for one in request.fields if one.name == "service"), None)
    if not route.rpc.every_service:
        service = None
    parameters = query_parameters(route, contract)
    etag = _etag_parameter(route)
    read_body = _body_reader(route, contract)
    service_name = route.service

    def transcode(environ: Environ, values: list[str]) -> Message:
        message = kind() if read_body is None else read_body(environ)
        query = environ.get("QUERY_STRING")
        if query:
            for parameter, value in read_query(cast(str, query), parameters=parameters):
                assign(message, parameter, value)
        for variable, text in zip(variables, values, strict=True):
            assign(message, variable, variable.read(text))
        if service is not None:
            message[service] = service_name
        if etag is not None:
            if_match = environ.get("HTTP_IF_MATCH")
            if if_match is not None:
                assign(message, etag, parse_if_match(cast(str, if_match)))
        return message

    return transcode


def query_parameters(route: Route, contract: Contract) -> Parameters:
    """The query parameters of a route, by every name they answer to."""
    if route.rule.body == "*":
        return {}
    taken = {".".join(step.name for step in path) for path in route.variables}
    taken |= {field.name for field in cookie_fields(route.rpc.desc.input, contract).values()}
    if route.rule.body:
        taken.add(route.rule.body)
    if route.rpc.every_service:
        taken.add("service")
    if route.rule.method in ("PATCH", "DELETE", "PUT"):
        # Over REST the version comes in If-Match, which is what every HTTP client knows.
        taken.add("etag")
    return compile_parameters(route.rpc.desc.input, taken=frozenset(taken))


def parse_if_match(header: str) -> str:
    """The etag of `"7"` or `W/"7"`. Problem 400 for `*`, lists and nonsense."""
    if header.strip() == "*":
        raise Problem(
            400, "INVALID_IF_MATCH", "If-Match: * is not supported. Send the etag you have read."
        )
    match = _ETAG.fullmatch(header.strip())
    if match is None:
        raise Problem(400, "INVALID_IF_MATCH", 'If-Match must be one etag in quotes, such as "7".')
    return match[1]


def takes_etag(route: Route) -> bool:
    """Whether If-Match means something to this route."""
    return _etag_parameter(route) is not None


def output_only(field: DescField, contract: Contract) -> bool:
    """Whether the service sets the field and ignores what callers send."""
    behavior = option(contract.registry, field.proto.options, "google.api.field_behavior")
    return isinstance(behavior, list) and _OUTPUT_ONLY in behavior


def read_body_bytes(environ: Environ, *, limit: int = MAX_BODY) -> bytes:
    """The body. Problem 413 when it is larger than `limit` bytes, however it is sent."""
    length = environ.get("CONTENT_LENGTH")
    read = patient_read(environ)
    if length:
        if not str(length).isdigit():
            raise Problem(400, "INVALID_REQUEST", "The header Content-Length is no number.")
        size = int(str(length))
        if size > limit:
            raise too_large(limit)
        body = read(size)
        if len(body) < size:
            raise Problem(400, "INCOMPLETE_BODY", "The body ended early.")
        return body
    if not environ.get("wsgi.input_terminated"):
        return b""
    parts: list[bytes] = []
    total = 0
    while part := read(min(65536, limit + 1 - total)):
        parts.append(part)
        total += len(part)
        if total > limit:
            raise too_large(limit)
    return b"".join(parts)


def patient_read(environ: Environ) -> Callable[[int], bytes]:
    """The body's `read`, whose failures are the client's problem and never ours."""
    read = cast(IO[bytes], environ["wsgi.input"]).read

    def patient(size: int) -> bytes:
        try:
            return read(size)
        except (BlockingIOError, TimeoutError) as error:
            raise Problem(408, "REQUEST_TIMEOUT", "The body did not come in time.") from error
        except (OSError, ParseException) as error:
            # Chunks that are none, and clients that went away.
            raise Problem(400, "INCOMPLETE_BODY", "The body could not be read.") from error

    return patient


def too_large(limit: int) -> Problem:
    """The 413 of a body above `limit` bytes."""
    return Problem(
        413, "PAYLOAD_TOO_LARGE", f"The body is larger than {limit // (1024 * 1024)} MiB."
    )


def _body_reader(route: Route, contract: Contract) -> Callable[[Environ], Message] | None:
    request = route.rpc.desc.input
    if not route.rule.body:
        return None
    if route.rule.body == "*":
        return _whole_body_reader(route, contract)
    field = next(one for one in request.fields if one.name == route.rule.body)
    assert isinstance(field.value, DescFieldValueMessage)
    inner: DescMessage = field.value.message
    kind = request.type
    mask_field = next((one for one in request.fields if one.name == "update_mask"), None)
    if route.rule.method != "PATCH":
        mask_field = None
    # By JSON name: the path in a mask. What callers cannot set is not what they change.
    maskable = {
        one.json_name: one.name
        for one in inner.fields
        if one.name != "etag" and not output_only(one, contract)
    }

    def read(environ: Environ) -> Message:
        value = _json_body(environ, needed=True)
        message = kind()
        message[field] = to_message(value, inner)
        if mask_field is not None:
            assert isinstance(mask_field.value, DescFieldValueMessage)
            keys = cast(dict[str, object], value)
            paths = [maskable[key] for key in keys if key in maskable]
            message[mask_field] = mask_field.value.message.type(paths=paths)
        return message

    return read


def _whole_body_reader(route: Route, contract: Contract) -> Callable[[Environ], Message]:
    request = route.rpc.desc.input
    kind = request.type
    in_path = {path[0].json_name for path in route.variables}
    if route.rpc.every_service:
        in_path.add("service")
    in_cookies = {field.json_name for field in cookie_fields(request, contract).values()}
    elsewhere = in_path | in_cookies
    form = _form_reader(request, elsewhere) if route.rpc.form else None

    def read(environ: Environ) -> Message:
        content_type = str(environ.get("CONTENT_TYPE") or "")
        if form is not None and content_type.partition(";")[0].strip().lower() == _FORM_TYPE:
            return form(environ)
        value = _json_body(environ, needed=False)
        if value is None:
            return kind()
        if isinstance(value, dict) and not elsewhere.isdisjoint(value):
            name = next(key for key in value if key in elsewhere)
            told = "is given by the path" if name in in_path else "there is no such field"
            raise invalid([Violation(name, told, "UNKNOWN_FIELD")])
        return to_message(value, request)

    return read


def _form_reader(request: DescMessage, elsewhere: set[str]) -> Callable[[Environ], Message]:
    # The names of the standard are those of the proto; others it tells to ignore.
    texts = {
        field.name: field
        for field in request.fields
        if field.json_name not in elsewhere and _is_text(field)
    }

    def read(environ: Environ) -> Message:
        message = request.type()
        try:
            pairs = parse_qsl(
                read_body_bytes(environ).decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MAX_FORM_FIELDS,
            )
        except ValueError as error:
            raise Problem(400, "INVALID_FORM", "The body is not a readable form.") from error
        seen: set[str] = set()
        for name, value in pairs:
            if name in seen:
                raise invalid([Violation(name, "is given twice", "DUPLICATE_KEY")])
            seen.add(name)
            if name in texts:
                reason = text_error(value)
                if reason:
                    raise invalid([Violation(name, reason, "INVALID_TEXT")])
                message[texts[name]] = value
        return message

    return read


def _json_body(environ: Environ, *, needed: bool) -> object:
    """The JSON value; None stands for no body, for a body may not be `null`."""
    body = read_body_bytes(environ)
    if not body:
        if needed:
            raise Problem(400, "BODY_REQUIRED", "This operation needs a JSON body.")
        return None
    content_type = cast(str, environ.get("CONTENT_TYPE") or "")
    if content_type != "application/json":
        _check_content_type(content_type)
    value = parse_json(body)
    if type(value) is not dict:
        raise invalid([Violation("", "The body must be a JSON object.", "INVALID_TYPE")])
    return value


def _check_content_type(content_type: str) -> None:
    name, _, options = content_type.partition(";")
    charset = re.search(r'charset="?([^";\s]+)', options, re.IGNORECASE)
    good = name.strip().lower() in _JSON_TYPES
    if not good or (charset and charset[1].lower() not in ("utf-8", "utf8")):
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json in UTF-8.")


def _etag_parameter(route: Route) -> Parameter | None:
    request = route.rpc.desc.input
    if route.rule.method == "GET" or route.rpc.desc.method_kind != "unary":
        return None
    if route.rule.body not in ("", "*"):
        if route.rule.method not in ("PATCH", "PUT"):
            return None
        field = next(one for one in request.fields if one.name == route.rule.body)
        if isinstance(field.value, DescFieldValueMessage):
            inner = _text_field(field.value.message, "etag")
            if inner is not None:
                return Parameter("", (field, inner), repeated=False, read=str)
    own = _text_field(request, "etag")
    return Parameter("", (own,), repeated=False, read=str) if own else None


def _text_field(message: DescMessage, name: str) -> DescField | None:
    return next((one for one in message.fields if one.name == name and _is_text(one)), None)


def _is_text(field: DescField) -> bool:
    value = field.value
    return isinstance(value, DescFieldValueScalar) and value.scalar is ScalarType.STRING


def _read_variable(text: str) -> str:
    reason = text_error(text)
    if reason:
        raise Problem(400, "INVALID_PATH", f"The path {reason}.")
    return text
