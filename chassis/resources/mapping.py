"""Messages and rows: how each field of a resource's message is kept in its table.

A field and its column share their name. What has no column of its own kind:
`Money` is two columns, `<field>_amount` and `<field>_currency`; messages in a list and custom
fields are JSONB, in the JSON form of the API; an enum is the name of its value, and a list of
enums a JSONB list of names; `etag` is the `version`. A field without a column is not stored: the
rules fill it in.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from protobuf import (
    DescEnum,
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMessage,
    DescMessage,
    Message,
    message_from_json_value,
    message_to_json_value,
)
from protobuf.wkt import Struct, Timestamp
from sqlalchemy import ColumnElement, Date, Uuid
from sqlalchemy import inspect as inspect_table
from sqlalchemy.orm import InstrumentedAttribute

from chassis.errors import invalid_field
from chassis.resources.field_names import snake_case
from wasl.type.v1.money_pb import Money

# Kept by the service, whatever the caller sends.
KEPT = frozenset({"id", "etag", "create_time", "update_time", "delete_time"})

Load = Callable[..., Any]
Dump = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Field:
    """One field: its names, its columns, and how a value goes in and out of them."""

    name: str
    json_name: str
    desc: DescField
    columns: tuple[str, ...]
    # Column values to field value; None leaves the field unset.
    load: Load | None
    # Field value to column values.
    dump: Dump


class TableMapping:
    """All fields of a message that a table holds."""

    def __init__(
        self, message: type[Message], table: type[Any], *, read_only: Sequence[str] = ()
    ) -> None:
        self.message = message
        self.table = table
        names = {attribute.key for attribute in inspect_table(table).column_attrs}
        self.fields = tuple(
            field
            for desc in message.desc().fields
            if (field := _field(desc, table=table, names=names)) is not None
        )
        self.by_name = {field.name: field for field in self.fields}
        kept = KEPT | set(read_only)
        self.writable = {field.name: field for field in self.fields if field.name not in kept}
        self.column_names = tuple(name for field in self.fields for name in field.columns)
        self._simple, self._composed = self._plan()

    def _plan(self) -> tuple[list[tuple[str, int, Load | None]], list[tuple[str, int, int, Load]]]:
        simple: list[tuple[str, int, Load | None]] = []
        composed: list[tuple[str, int, int, Load]] = []
        position = 0
        for field in self.fields:
            if len(field.columns) == 1:
                simple.append((field.name, position, field.load))
            else:
                assert field.load is not None
                composed.append((field.name, position, position + len(field.columns), field.load))
            position += len(field.columns)
        return simple, composed

    @property
    def selected(self) -> tuple[ColumnElement[Any], ...]:
        """The columns to select for `from_columns`, in its order."""
        return tuple(getattr(self.table, name) for name in self.column_names)

    def from_columns(self, values: Sequence[Any]) -> Any:
        """The message of one selected row."""
        known: dict[str, Any] = {}
        for name, position, load in self._simple:
            value = values[position]
            if value is not None:
                known[name] = load(value) if load else value
        for name, start, end, load_many in self._composed:
            known[name] = load_many(*values[start:end])
        return self.message(**known)

    def from_row(self, row: Any) -> Any:
        """The message of an ORM row."""
        return self.from_columns([getattr(row, name) for name in self.column_names])

    def values(self, message: Message, names: Sequence[str]) -> dict[str, Any]:
        """Column values of some fields of a message. Raises InvalidArgument for a bad value."""
        values: dict[str, Any] = {}
        for name in names:
            field = self.writable[name]
            dumped = field.dump(getattr(message, name))
            values.update(zip(field.columns, dumped, strict=True))
        return values


def column(table: type[Any], name: str) -> InstrumentedAttribute[Any]:
    """The mapped column of a table by its name."""
    attribute: InstrumentedAttribute[Any] = getattr(table, name)
    return attribute


def _field(desc: DescField, *, table: type[Any], names: set[str]) -> Field | None:
    name = desc.name
    if name == "etag":
        return Field(name, desc.json_name, desc, ("version",), str, lambda value: (int(value),))
    value = desc.value
    if isinstance(value, DescFieldValueMessage) and value.message.type_name == "wasl.type.v1.Money":
        columns = (f"{name}_amount", f"{name}_currency")
        if columns[0] not in names:
            return None
        return Field(name, desc.json_name, desc, columns, _load_money, _money_dumper(desc))
    if name not in names:
        return None
    load, dump = _converters(desc, table=table)
    return Field(name, desc.json_name, desc, (name,), load, dump)


def _converters(desc: DescField, *, table: type[Any]) -> tuple[Load | None, Dump]:
    value = desc.value
    column_ = column(table, desc.name)
    empty = None if column_.nullable else ""
    match value:
        case DescFieldValueEnum():
            return _enum_converters(value.enum)
        case DescFieldValueMessage():
            return _message_converters(value.message)
        case DescFieldValueList() if isinstance(value.element, DescMessage):
            return _list_converters(value.element)
        case DescFieldValueList() if isinstance(value.element, DescEnum):
            return _enum_list_converters(value.element)
        case DescFieldValueList():
            return list, lambda items: (list(items),)
    if isinstance(column_.type, Date):
        return datetime.date.isoformat, _date_dumper(desc)
    if isinstance(column_.type, Uuid):
        # As PostgreSQL writes it, so that what is compared in Python is equal too.
        return None, lambda text: (text.lower() or empty,)
    if empty is None:
        return None, lambda text: (text or None,)
    return None, lambda plain: (plain,)


def _enum_converters(enum: DescEnum) -> tuple[Load, Dump]:
    numbers = {item.name: enum.type(item.number) for item in enum.values}
    names = {item.number: item.name if item.number else "" for item in enum.values}
    numbers[""] = enum.type(0)
    return numbers.__getitem__, lambda number: (names.get(int(number), ""),)


def _enum_list_converters(enum: DescEnum) -> tuple[Load, Dump]:
    load, dump = _enum_converters(enum)
    return (
        lambda names: [load(name) for name in names],
        lambda numbers: ([dump(number)[0] for number in numbers],),
    )


def _message_converters(message: DescMessage) -> tuple[Load, Dump]:
    if message.type_name == "google.protobuf.Timestamp":
        return load_time, lambda time: (None if time is None else time.to_datetime(),)
    if message.type_name == "google.protobuf.Struct":
        return _load_struct, lambda struct: (
            {} if struct is None else message_to_json_value(struct),
        )
    kind = message.type
    return (
        lambda value: message_from_json_value(kind, value) if value else None,
        lambda part: ({} if part is None else message_to_json_value(part),),
    )


def _list_converters(element: DescMessage) -> tuple[Load, Dump]:
    kind = element.type
    return (
        # Most lists are empty, and a message that gets no list has an empty one.
        lambda values: [message_from_json_value(kind, value) for value in values] or None,
        lambda parts: ([message_to_json_value(part) for part in parts],),
    )


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def load_time(time: datetime.datetime) -> Timestamp:
    """A time as a Timestamp, to the microsecond, in a third of the time that protobuf-py takes."""
    since = time - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def _load_struct(value: Mapping[str, Any]) -> Struct | None:
    return message_from_json_value(Struct, value) if value else None  # type: ignore[arg-type]


def _load_money(amount: Decimal | None, currency: str | None) -> Money | None:
    if amount is None:
        return None
    return Money(amount=plain_decimal(amount), currency=currency or "")


def plain_decimal(amount: Decimal) -> str:
    """Decimal text without an exponent and with at least two places, such as `1166.00`."""
    text = f"{amount.normalize():f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places:0<2}"


def _money_dumper(desc: DescField) -> Dump:
    name = _place(desc)

    def dump(money: Money | None) -> tuple[Decimal | None, str | None]:
        if money is None or (not money.amount and not money.currency):
            return None, None
        if not money.amount:
            raise invalid_field(f"{name}.amount", "is needed when a currency is given")
        if not money.currency:
            raise invalid_field(f"{name}.currency", "is needed when an amount is given")
        return Decimal(money.amount), money.currency

    return dump


def _date_dumper(desc: DescField) -> Dump:
    name = _place(desc)

    def dump(text: str) -> tuple[datetime.date | None]:
        if not text:
            return (None,)
        try:
            return (datetime.date.fromisoformat(text),)
        except ValueError:
            raise invalid_field(name, f"{text!r} is not a day of the calendar") from None

    return dump


def _place(desc: DescField) -> str:
    # As validation names it too: from the request, whose field is named after the message.
    return f"{snake_case(desc.parent.name)}.{desc.name}"
