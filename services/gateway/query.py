"""Query parameters: text that becomes the fields of a request, strictly."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from protobuf import (
    DescEnum,
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    Message,
    ScalarType,
    message_from_json_value,
)

from services.gateway.payload import text_error
from services.gateway.problems import Problem, Violation, invalid

# Far above any URL that gunicorn lets through.
_MAX_PARAMETERS = 2000
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_SCALAR_MESSAGES = ("google.protobuf.Timestamp", "google.protobuf.Duration")
_MASK = "google.protobuf.FieldMask"

Read = Callable[[str], object]


@dataclass(frozen=True)
class Parameter:
    """One query parameter: where its value goes, and how it is read from text."""

    name: str
    # The fields from the request down to the value.
    path: tuple[DescField, ...]
    repeated: bool
    read: Read


Parameters = dict[str, Parameter]


def compile_parameters(request: DescMessage, *, taken: frozenset[str]) -> Parameters:
    """Every query parameter of a request, by each name it may have.

    `taken` are the proto paths that the path and the body fill. A field `report.group_by` answers
    to `report.groupBy` and, where no other field has the name, to `groupBy`; both spellings,
    camelCase and snake_case, are good.
    """
    found: Parameters = {}
    nested: list[tuple[str, Parameter]] = []
    for parameter in _walk(request, (), taken):
        names = _spellings(parameter.path)
        for name in names:
            found[name] = parameter
        if len(parameter.path) > 1:
            last = parameter.path[-1]
            nested += [(name, parameter) for name in {last.name, last.json_name}]
    counts: dict[str, int] = {}
    for name, _ in nested:
        counts[name] = counts.get(name, 0) + 1
    for name, parameter in nested:
        if counts[name] == 1 and name not in found and name not in taken:
            found[name] = parameter
    return found


def read_query(query: str, *, parameters: Parameters) -> list[tuple[Parameter, object]]:
    """The values of a query string, as it came. Problem 400 names what is wrong."""
    if query.count("&") >= _MAX_PARAMETERS:
        raise Problem(400, "TOO_MANY_PARAMETERS", "There are too many query parameters.")
    values: dict[str, tuple[Parameter, list[object]]] = {}
    found: list[Violation] = []
    for pair in query.split("&"):
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition("=")
        name = _decode(raw_name)
        parameter = parameters.get(name)
        if parameter is None:
            found.append(Violation(name, "there is no such parameter", "UNKNOWN_PARAMETER"))
            continue
        _, so_far = values.setdefault(parameter.name, (parameter, []))
        if so_far and not parameter.repeated:
            found.append(Violation(name, "is given twice", "DUPLICATE_PARAMETER"))
            continue
        try:
            so_far.append(parameter.read(_decode(raw_value)))
        except ValueError as error:
            found.append(Violation(name, str(error), "INVALID_PARAMETER"))
    if found:
        raise invalid(found[:50], code="INVALID_PARAMETER")
    return [
        (parameter, items if parameter.repeated else items[0])
        for parameter, items in values.values()
    ]


def assign(request: Message, parameter: Parameter, value: object) -> None:
    """Puts a value where it belongs, making the messages on the way."""
    target = request
    for field in parameter.path[:-1]:
        inner = target[field]
        if inner is None:
            assert isinstance(field.value, DescFieldValueMessage)
            inner = field.value.message.type()
            target[field] = inner
        target = inner
    target[parameter.path[-1]] = value


def _walk(
    message: DescMessage, above: tuple[DescField, ...], taken: frozenset[str]
) -> list[Parameter]:
    found = []
    for field in message.fields:
        path = (*above, field)
        if ".".join(step.name for step in path) in taken:
            continue
        value = field.value
        if isinstance(value, DescFieldValueMessage) and not _is_text(value.message):
            # Two levels are what a URL can still say; deeper messages belong into a body.
            if len(path) < 3 and not value.message.type_name.startswith("google.protobuf."):
                found += _walk(value.message, path, taken)
            continue
        read = _reader(value)
        if read is not None:
            name = ".".join(step.json_name for step in path)
            found.append(Parameter(name, path, isinstance(value, DescFieldValueList), read))
    return found


def _is_text(message: DescMessage) -> bool:
    return message.type_name in (*_SCALAR_MESSAGES, _MASK)


def _spellings(path: tuple[DescField, ...]) -> set[str]:
    return {
        ".".join(step.json_name for step in path),
        ".".join(step.name for step in path),
    }


def _reader(value: object) -> Read | None:
    match value:
        case DescFieldValueScalar(scalar=scalar):
            return _scalar_reader(scalar)
        case DescFieldValueEnum(enum=enum):
            return _enum_reader(enum)
        case DescFieldValueMessage(message=message):
            return _message_reader(message)
        case DescFieldValueList(element=ScalarType() as scalar):
            return _scalar_reader(scalar)
        case DescFieldValueList(element=DescEnum() as enum):
            return _enum_reader(enum)
    return None


def _scalar_reader(scalar: ScalarType) -> Read | None:
    match scalar:
        case ScalarType.STRING:
            return read_text
        case ScalarType.BOOL:
            return _read_bool
        case ScalarType.DOUBLE | ScalarType.FLOAT:
            return _read_number
        case ScalarType.BYTES:
            return None
    bits = 64 if scalar.name.endswith("64") else 32
    unsigned = scalar.name.startswith(("UINT", "FIXED"))
    lowest, highest = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text) or not text.isascii():
            raise ValueError("must be an integer")
        number = int(text)
        if not lowest <= number <= highest:
            raise ValueError(f"must be between {lowest} and {highest}")
        return number

    return read


def read_text(text: str) -> str:
    """The text itself, unless it cannot be stored."""
    reason = text_error(text)
    if reason:
        raise ValueError(reason)
    return text


def _read_bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _read_number(text: str) -> float:
    if not _NUMBER.fullmatch(text) or not text.isascii():
        raise ValueError("must be a number")
    return float(text)


def _enum_reader(enum: DescEnum) -> Read:
    by_name = {value.name: enum.type(value.number) for value in enum.values}
    choices = ", ".join(value.name for value in enum.values if value.number)

    def read(text: str) -> object:
        value = by_name.get(text.upper())
        if value is None:
            raise ValueError(f"must be one of {choices}")
        return value

    return read


def _message_reader(message: DescMessage) -> Read:
    kind = message.type
    mask = message.type_name == _MASK

    def read(text: str) -> object:
        read_text(text)
        if mask:
            return kind(paths=[_snake(part) for part in text.split(",") if part])
        try:
            return message_from_json_value(kind, text)
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"must be a {message.name}") from error

    return read


def _snake(path: str) -> str:
    # `displayName` is as good as `display_name`, as everywhere in a URL. Only the first name is
    # turned: what follows may be the key of a custom field, which is the customer's.
    first, dot, rest = path.partition(".")
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), first) + dot + rest


def _decode(text: str) -> str:
    if "%" not in text and text.isascii():
        return text.replace("+", " ")
    try:
        # WSGI hands the query over as Latin-1; raw bytes above 127 are taken as UTF-8 too.
        return unquote_to_bytes(text.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "INVALID_UTF8", "The query is not UTF-8.") from error
