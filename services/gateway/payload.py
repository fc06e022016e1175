"""JSON bodies: read strictly, and checked against the message before they become one.

Protobuf's own JSON reader is fast but lenient (the last of two equal keys wins, `"5"` is a number)
and does not say where in the body a mistake is. The checks here are compiled once per message, say
the JSON path, and find everything that is wrong, not only the first.
"""

import json
import math
import re
from collections.abc import Callable
from functools import cache
from typing import NoReturn, cast

from protobuf import (
    DescEnum,
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    Message,
    ScalarType,
    message_from_json_value,
)

from services.gateway.problems import Problem, Violation, invalid

JsonValue = object
MAX_BODY = 1024 * 1024
MAX_DEPTH = 32
# Enough to be understood; a body of a thousand mistakes is not answered with a thousand sentences.
_MAX_VIOLATIONS = 50

Check = Callable[[JsonValue, str, list[Violation]], None]

_INTEGERS = {
    ScalarType.INT32: (-(2**31), 2**31 - 1),
    ScalarType.SINT32: (-(2**31), 2**31 - 1),
    ScalarType.SFIXED32: (-(2**31), 2**31 - 1),
    ScalarType.UINT32: (0, 2**32 - 1),
    ScalarType.FIXED32: (0, 2**32 - 1),
    ScalarType.INT64: (-(2**63), 2**63 - 1),
    ScalarType.SINT64: (-(2**63), 2**63 - 1),
    ScalarType.SFIXED64: (-(2**63), 2**63 - 1),
    ScalarType.UINT64: (0, 2**64 - 1),
    ScalarType.FIXED64: (0, 2**64 - 1),
}
# JSON numbers above 2^53 lose digits in many readers, so 64-bit integers may come as text.
_WIDE = {
    *(ScalarType.INT64, ScalarType.SINT64, ScalarType.SFIXED64),
    *(ScalarType.UINT64, ScalarType.FIXED64),
}
_INTEGER_TEXT = re.compile(r"-?(?:0|[1-9][0-9]{0,19})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")


def parse_json(body: bytes) -> JsonValue:
    """The value of a body. Problem 400 says what is wrong with it as JSON."""
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise Problem(400, "JSON_TOO_DEEP", f"The body is nested deeper than {MAX_DEPTH} levels.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            400, "INVALID_UTF8", f"The body is not UTF-8: byte {error.start} is wrong."
        ) from error
    try:
        value: JsonValue = _decode(text)
    except json.JSONDecodeError as error:
        raise Problem(
            400,
            "INVALID_JSON",
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
        ) from error
    except RecursionError as error:
        raise Problem(
            400, "JSON_TOO_DEEP", f"The body is nested deeper than {MAX_DEPTH} levels."
        ) from error
    return value


def to_message(value: JsonValue, message: DescMessage, *, path: str = "") -> Message:
    """The message that a JSON value stands for. Problem 400 names every wrong field."""
    found: list[Violation] = []
    message_check(message)(value, path, found)
    if found:
        raise invalid(found[:_MAX_VIOLATIONS])
    try:
        return message_from_json_value(message.type, cast(None, value))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        # The checks are stricter than the reader, so this is a gap in them and not the caller's
        # to debug; still, what cannot be read is a bad request.
        raise Problem(400, "INVALID_JSON", "The body does not fit this operation.") from error


def text_error(value: str) -> str:
    """Why a text cannot be stored, or nothing: no NUL and no half of a surrogate pair."""
    if "\x00" in value:
        return "must not contain the NUL character"
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return "must not contain half of a surrogate pair"
    return ""


# --- strict reading -----------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                name = key.encode("utf-8", "replace").decode()
                raise Problem(
                    400,
                    "DUPLICATE_KEY",
                    f"The key {json.dumps(name, ensure_ascii=False)} is given twice.",
                    violations=[Violation(name, "is given twice", "DUPLICATE_KEY")],
                )
            seen.add(key)
    return found


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Problem(400, "NUMBER_OUT_OF_RANGE", f"The number {text[:40]} is too large.")
    return number


def _integer(text: str) -> int:
    # 64 bits have at most 20 characters with their sign.
    if len(text) > 20:
        raise Problem(400, "NUMBER_OUT_OF_RANGE", f"The number {text[:40]} is too large.")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise Problem(400, "INVALID_JSON", f"The body is not JSON: {name} is no JSON number.")


_decode = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=_finite,
    parse_int=_integer,
    parse_constant=_no_constant,
).decode

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


# --- checks, compiled once per message ----------------------------------------------------------


@cache
def message_check(message: DescMessage) -> Check:
    """The check of one message type."""
    special = _SPECIAL.get(message.type_name)
    if special is not None:
        return special
    if message.type_name.startswith("google.protobuf."):
        return _well_known(message)
    checks: dict[str, Check] = {}

    def check(value: JsonValue, path: str, found: list[Violation]) -> None:
        if type(value) is not dict:
            found.append(_wrong(path, value, "an object"))
            return
        for key, item in value.items():
            one = checks.get(key)
            if one is None:
                found.append(_unknown(path, key))
            elif item is not None:
                one(item, f"{path}.{key}" if path else key, found)

    # Filled after `check` exists and lazily below it, because messages may contain themselves.
    for field in message.fields:
        checks[field.json_name] = _field_check(field)
    return check


def _field_check(field: DescField) -> Check:
    match field.value:
        case DescFieldValueList(element=element):
            return _list_check(_value_check(element))
        case DescFieldValueMap(value=inner):
            return _map_check(_value_check(inner))
        case DescFieldValueScalar(scalar=scalar):
            return _value_check(scalar)
        case DescFieldValueEnum(enum=enum):
            return _value_check(enum)
        case DescFieldValueMessage(message=message):
            return _value_check(message)


def _value_check(kind: ScalarType | DescEnum | DescMessage) -> Check:
    if isinstance(kind, DescMessage):
        desc = kind

        def later(value: JsonValue, path: str, found: list[Violation]) -> None:
            message_check(desc)(value, path, found)

        return later
    if isinstance(kind, DescEnum):
        return _enum_check(kind)
    if kind is ScalarType.STRING:
        return _check_text
    if kind is ScalarType.BOOL:
        return _check_bool
    if kind is ScalarType.BYTES:
        return _check_bytes
    if kind in (ScalarType.FLOAT, ScalarType.DOUBLE):
        return _check_number
    return _integer_check(kind)


def _list_check(element: Check) -> Check:
    def check(value: JsonValue, path: str, found: list[Violation]) -> None:
        if type(value) is not list:
            found.append(_wrong(path, value, "a list"))
            return
        for index, item in enumerate(value):
            element(item, f"{path}[{index}]", found)

    return check


def _map_check(inner: Check) -> Check:
    def check(value: JsonValue, path: str, found: list[Violation]) -> None:
        if type(value) is not dict:
            found.append(_wrong(path, value, "an object"))
            return
        for key, item in value.items():
            _check_text(key, path, found)
            inner(item, f"{path}.{key}", found)

    return check


def _enum_check(enum: DescEnum) -> Check:
    names = frozenset(value.name for value in enum.values)

    def check(value: JsonValue, path: str, found: list[Violation]) -> None:
        if type(value) is not str or value not in names:
            choices = ", ".join(sorted(names))
            found.append(Violation(path, f"must be one of {choices}", "INVALID_ENUM_VALUE"))

    return check


def _integer_check(scalar: ScalarType) -> Check:
    lowest, highest = _INTEGERS[scalar]
    wide = scalar in _WIDE

    def check(value: JsonValue, path: str, found: list[Violation]) -> None:
        number = value
        if wide and type(value) is str and _INTEGER_TEXT.fullmatch(value):
            number = int(value)
        elif type(value) is float and value.is_integer():
            # 1.0 and 1e3 are integers to JSON Schema too.
            number = int(value)
        if type(number) is not int:
            found.append(_wrong(path, value, "an integer"))
        elif not lowest <= number <= highest:
            message = f"must be between {lowest} and {highest}"
            found.append(Violation(path, message, "NUMBER_OUT_OF_RANGE"))

    return check


def _check_text(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is not str:
        found.append(_wrong(path, value, "a text"))
    elif not value.isascii() or "\x00" in value:
        reason = text_error(value)
        if reason:
            found.append(Violation(_printable(path), reason, "INVALID_TEXT"))


def _check_bool(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is not bool:
        found.append(_wrong(path, value, "true or false"))


def _check_number(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is not float and type(value) is not int:
        found.append(_wrong(path, value, "a number"))


def _check_bytes(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is not str or not _BASE64.fullmatch(value):
        found.append(_wrong(path, value, "Base64 text"))


def _check_any(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is str:
        _check_text(value, path, found)
    elif type(value) is dict:
        _check_object(value, path, found)
    elif type(value) is list:
        for index, item in enumerate(value):
            _check_any(item, f"{path}[{index}]", found)


def _check_object(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is not dict:
        found.append(_wrong(path, value, "an object"))
        return
    for key, item in value.items():
        _check_text(key, path, found)
        _check_any(item, f"{path}.{key}" if path else key, found)


def _check_list(value: JsonValue, path: str, found: list[Violation]) -> None:
    if type(value) is not list:
        found.append(_wrong(path, value, "a list"))
        return
    _check_any(value, path, found)


_SPECIAL: dict[str, Check] = {
    "google.protobuf.Struct": _check_object,
    "google.protobuf.Value": _check_any,
    "google.protobuf.ListValue": _check_list,
}
_EXPECTED = {
    "google.protobuf.Timestamp": "a time as in RFC 3339, such as 2026-01-31T08:00:00Z",
    "google.protobuf.Duration": "a duration in seconds, such as 1.5s",
    "google.protobuf.FieldMask": "field names with commas between them",
}


def _well_known(message: DescMessage) -> Check:
    expected = _EXPECTED.get(message.type_name, f"a {message.name}")
    kind = message.type

    def check(value: JsonValue, path: str, found: list[Violation]) -> None:
        try:
            message_from_json_value(kind, cast(None, value))
        except (ValueError, TypeError, OverflowError):
            found.append(_wrong(path, value, expected))

    return check


def _wrong(path: str, value: JsonValue, expected: str) -> Violation:
    got = "" if isinstance(value, str) else f", not {_kind(value)}"
    return Violation(_printable(path), f"must be {expected}{got}", "INVALID_TYPE")


def _unknown(path: str, key: str) -> Violation:
    name = f"{path}.{key}" if path else key
    return Violation(_printable(name), "there is no such field", "UNKNOWN_FIELD")


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()[:200]


def _kind(value: JsonValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "an object"
