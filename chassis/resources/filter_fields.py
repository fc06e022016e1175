"""The kinds of fields a filter may name, and what each comparison means for them in SQL."""

import operator as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import BindParameter, ColumnElement, and_, case, cast, func, literal, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.types import BigInteger, Boolean, Date, DateTime, Numeric, Text, Uuid

from chassis.resources import filter_values as read
from chassis.resources.filter_tree import FilterError, Operator, Value
from chassis.text.normalise import like_escape

Kind = Literal[
    "text", "number", "decimal", "boolean", "timestamp", "date", "enum", "uuid", "text_list"
]
# SQLAlchemy's columns are generic in a Python type that a filter cannot know beforehand.
Column: TypeAlias = ColumnElement[Any] | QueryableAttribute[Any]

_ORDER: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_UNORDERED = frozenset({"boolean", "enum", "uuid"})
_NOT_IN_JSON = frozenset({"timestamp"})


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field a filter may name.

    `values` are the names of an enum with what the column stores for each. `json_key` makes it a
    custom field: `column` is then the JSONB object and `kind` the declared type of the key (a
    choice is `text`, or `enum` to have its values checked; a multi-choice `text_list`; a user or
    reference `uuid`). Numbers may lie there as JSON numbers or, as money does, as text.
    """

    column: Column
    kind: Kind
    values: Mapping[str, str | int] | None = None
    json_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse, when the service starts, what would fail when a filter comes."""
        if self.kind == "enum" and not self.values:
            raise ValueError("a filter field of kind enum needs its values")
        if self.json_key is not None and self.kind in _NOT_IN_JSON:
            raise ValueError(f"a custom field cannot be of kind {self.kind}")


def compare(
    field: FilterField, *, operator: Operator, value: Value, name: str
) -> ColumnElement[bool]:
    """Return the condition of one comparison; `name` is the field's name for error messages.

    Raises FilterError where the field's kind has no such operator or value.
    """
    if operator == ":" and value.is_presence:
        return _present(field)
    if value.is_null:
        return _null(field, operator=operator, value=value, name=name)
    if field.kind == "text":
        return _text(field, operator=operator, value=value, name=name)
    if value.is_open:
        raise FilterError(f"{name} cannot be compared with a pattern.", position=value.position)
    if field.kind == "text_list":
        return _text_list(field, operator=operator, value=value, name=name)
    return _scalar(field, operator=operator, value=value, name=name)


def _present(field: FilterField) -> ColumnElement[bool]:
    """Something is there: not NULL, and not the empty text or list that stands for nothing."""
    stored = _stored(field)
    if field.kind == "text":
        return and_(stored.is_not(None), stored != literal("", Text()))
    if field.kind == "text_list":
        if _is_json(field):
            filled = and_(func.jsonb_typeof(_list(field)) == "array", _list(field) != _json([]))
            return filled.is_(true())
        return func.coalesce(func.cardinality(stored), 0) > literal(0, BigInteger())
    return stored.is_not(None)


def _null(
    field: FilterField, *, operator: Operator, value: Value, name: str
) -> ColumnElement[bool]:
    if operator not in ("=", "!="):
        raise FilterError(f"null has only = and !=, also for {name}.", position=value.position)
    stored = _stored(field)
    return stored.is_(None) if operator == "=" else stored.is_not(None)


def _text(
    field: FilterField, *, operator: Operator, value: Value, name: str
) -> ColumnElement[bool]:
    stored = _stored(field)
    pattern = like_escape(value.text)
    if operator == ":":
        # Without a star the text may stand anywhere.
        start = "%" if value.open_start or not value.is_open else ""
        end = "%" if value.open_end or not value.is_open else ""
        return stored.ilike(start + pattern + end)
    if value.is_open:
        matches = stored.like("%" * value.open_start + pattern + "%" * value.open_end)
        if operator == "=":
            return matches
        if operator == "!=":
            return matches.is_not(true())
        raise FilterError(f"{name} {operator} cannot take a pattern.", position=value.position)
    if operator in ("=", "!=") and field.json_key is not None:
        return _json_equal(field, value.text, operator=operator)
    return _ordered(stored, literal(value.text, Text()), operator=operator)


def _text_list(
    field: FilterField, *, operator: Operator, value: Value, name: str
) -> ColumnElement[bool]:
    if operator != ":":
        raise FilterError(
            f"{name} is a list; ask {name}:value, not {operator}.", position=value.position
        )
    if field.json_key is not None:
        return _json_equal(field, [value.text], operator=operator)
    if _is_json(field):
        return _column(field).bool_op("@>")(_json([value.text]))
    return _column(field).bool_op("@>")(literal([value.text], field.column.type))


def _scalar(
    field: FilterField, *, operator: Operator, value: Value, name: str
) -> ColumnElement[bool]:
    if operator in _ORDER and field.kind in _UNORDERED:
        raise FilterError(f"{name} has no order; use = or !=.", position=value.position)
    bound = _bound(field, value=value, name=name)
    if field.json_key is not None and field.kind in _UNORDERED:
        return _json_equal(field, bound.value, operator=operator)
    return _ordered(_stored(field), bound, operator=operator)


def _ordered(
    stored: ColumnElement[Any], bound: ColumnElement[Any], *, operator: Operator
) -> ColumnElement[bool]:
    if operator == "!=":
        return stored.is_distinct_from(bound)
    if operator in _ORDER:
        return _ORDER[operator](stored, bound)
    equal: ColumnElement[bool] = stored == bound
    return equal


def _bound(field: FilterField, *, value: Value, name: str) -> BindParameter[Any]:
    """Return the value as a parameter of a type of its own.

    With the column's type the driver would cast a large number to int4, or round a fraction.
    """
    in_json = field.json_key is not None
    match field.kind:
        case "number":
            number = read.number(value, name=name)
            whole = isinstance(number, int) and not in_json
            return literal(number, BigInteger() if whole else Numeric())
        case "decimal":
            return literal(read.decimal(value, name=name), Numeric())
        case "boolean":
            return literal(read.boolean(value, name=name), Boolean())
        case "timestamp":
            return literal(read.timestamp(value, name=name), DateTime(timezone=True))
        case "date":
            day = read.calendar_date(value, name=name)
            return literal(day.isoformat(), Text()) if in_json else literal(day, Date())
        case "uuid":
            found = read.uuid(value, name=name)
            return literal(str(found), Text()) if in_json else literal(found, Uuid())
        case _:
            stored = read.choice(value, name=name, values=field.values or {})
            return literal(stored, Text() if in_json else field.column.type)


def _stored(field: FilterField) -> ColumnElement[Any]:
    """Return the expression that is compared; NULL where a custom field holds another type.

    Casts are guarded, because one odd value must not fail the query for everybody.
    """
    if field.json_key is None:
        return _column(field)
    text = _column(field).op("->>", return_type=Text())(literal(field.json_key, Text()))
    match field.kind:
        case "number" | "decimal":
            plain = text.regexp_match(r"^-?[0-9]+(\.[0-9]+)?$")
            return case((plain, cast(text, Numeric())))
        case "date":
            # ISO dates sort as text, and 2026-02-30 as text fails no cast.
            return case((text.regexp_match(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), text.collate("C")))
        case _:
            return text


def _is_json(field: FilterField) -> bool:
    return field.json_key is not None or isinstance(field.column.type, JSONB)


def _list(field: FilterField) -> ColumnElement[Any]:
    if field.json_key is None:
        return _column(field)
    return _column(field).op("->", return_type=JSONB())(literal(field.json_key, Text()))


def _column(field: FilterField) -> ColumnElement[Any]:
    """Return the column of the table behind an attribute of a mapped class."""
    column = field.column
    return column if isinstance(column, ColumnElement) else column.__clause_element__()


def _json(value: object) -> ColumnElement[Any]:
    return literal(value, JSONB(none_as_null=False))


def _json_equal(field: FilterField, value: object, *, operator: Operator) -> ColumnElement[bool]:
    """Equality by containment, the form a GIN index on the object serves; false without the key."""
    equal = _column(field).bool_op("@>")(_json({field.json_key: value}))
    return equal.is_not(true()) if operator == "!=" else equal
