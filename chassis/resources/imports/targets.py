"""Fields as the target of a column: a path through the message, and how text becomes its value."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protobuf import (
    DescEnum,
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    ScalarType,
)

from chassis.errors import invalid_field
from chassis.resources.field_names import snake_case
from chassis.text.cells import plain_number, words

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d{1,2})\])?")
_TRUE = frozenset({"true", "yes", "y", "1", "t", "بله", "نعم"})
_FALSE = frozenset({"false", "no", "n", "0", "f", "خیر", "لا"})
_INTEGERS = frozenset({ScalarType.INT32, ScalarType.INT64, ScalarType.UINT32, ScalarType.UINT64})

Convert = Callable[[str], Any]


@dataclass(frozen=True)
class Target:
    """Where a value goes: keys and list positions in the JSON of the message."""

    path: tuple[str | int, ...]
    convert: Convert
    # The top-level field, in proto spelling.
    field: str

    @property
    def label(self) -> str:
        """The path as people write it, such as `emails[0].address`."""
        text = ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
        return text

    def put(self, tree: dict[str, Any], value: Any) -> None:
        """Sets the value in a JSON tree, making what is on the way."""
        place: Any = tree
        for step, following in zip(self.path, self.path[1:], strict=False):
            empty: Any = [] if isinstance(following, int) else {}
            place = _child(place, step, empty)
        _assign(place, self.path[-1], value)


def find_target(message: DescMessage, text: str) -> Target:
    """The target that a mapping names. Raises InvalidArgument when there is no such field."""
    path: list[str | int] = []
    desc: DescMessage | None = message
    convert: Convert = _text
    parts = text.split(".")
    top = ""
    for position, part in enumerate(parts):
        match = _STEP.fullmatch(part)
        field = _field(desc, match[1]) if match and desc else None
        if match is None or field is None:
            raise _unknown(message, text)
        top = top or field.name
        path.append(field.json_name)
        if _is_struct(field):
            # A custom field: its key is the customer's, its check knows its type.
            path.extend(parts[position + 1 :])
            return Target(tuple(path), _text, top)
        desc, convert = _inside(field)
        if isinstance(field.value, DescFieldValueList):
            if desc is None and match[2] is None:
                # `tags`: the words of one cell.
                return Target(tuple(path), words, top)
            path.append(int(match[2] or 0))
    if desc is not None:
        raise _unknown(message, text)
    return Target(tuple(path), convert, top)


def _field(desc: DescMessage | None, name: str) -> DescField | None:
    if desc is None:
        return None
    wanted = snake_case(name)
    return next((field for field in desc.fields if field.name == wanted), None)


def _is_struct(field: DescField) -> bool:
    value = field.value
    return (
        isinstance(value, DescFieldValueMessage)
        and value.message.type_name == "google.protobuf.Struct"
    )


def _inside(field: DescField) -> tuple[DescMessage | None, Convert]:
    match field.value:
        case DescFieldValueMessage(message=message):
            if message.type_name.startswith("google.protobuf."):
                return None, _text
            return message, _text
        case DescFieldValueList(element=DescMessage() as message):
            return message, _text
        case DescFieldValueEnum(enum=enum):
            return None, _enum(enum)
        case DescFieldValueScalar(scalar=ScalarType.BOOL):
            return None, _bool
        case DescFieldValueScalar(scalar=scalar) if scalar in _INTEGERS:
            return None, _number
    if field.name in ("amount", "quantity"):
        return None, _decimal
    return None, _text


def _unknown(message: DescMessage, text: str) -> Exception:
    return invalid_field(
        "options.columns", f"{message.name} has no field {text!r}", reason="UNKNOWN_FIELD"
    )


def _text(cell: str) -> str:
    return cell


def _number(cell: str) -> str:
    text = plain_number(cell)
    # Spreadsheets write whole numbers as 2005.0.
    return text.removesuffix(".0")


def _decimal(cell: str) -> str:
    text = plain_number(cell)
    if re.fullmatch(r"-?\.\d+", text):
        text = text.replace(".", "0.", 1)
    if re.fullmatch(r"-?\d+\.\d{5,}", text):
        # 55.10000000000001 is what floats leave in spreadsheets; more is refused by the proto.
        text = re.sub(r"(\.\d{4})0+\d?$", r"\1", text)
    return text


def _bool(cell: str) -> bool:
    text = cell.strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"{cell!r} is neither yes nor no")


def _enum(enum: DescEnum) -> Convert:
    names = {item.name: item.name for item in enum.values}

    def convert(cell: str) -> str:
        name = cell.strip().upper().replace(" ", "_").replace("-", "_")
        if name not in names:
            known = ", ".join(item.name for item in enum.values if item.number)
            raise ValueError(f"{cell!r} is none of {known}")
        return names[name]

    return convert


def _child(place: Any, step: str | int, empty: Any) -> Any:
    if isinstance(step, int):
        while len(place) <= step:
            place.append({})
        return place[step]
    return place.setdefault(step, empty)


def _assign(place: Any, step: str | int, value: Any) -> None:
    if isinstance(step, int):
        while len(place) <= step:
            place.append("")
    place[step] = value
