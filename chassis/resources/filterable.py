"""What a resource can be filtered by, read off its mapping and its custom fields."""

from typing import Any

from protobuf import DescFieldValueEnum, DescFieldValueList, DescFieldValueMessage, ScalarType
from sqlalchemy import Boolean, ColumnElement, Date, Uuid

from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.grpc.field_groups import hidden_fields
from chassis.resources.filter import FilterError, parse_filter
from chassis.resources.filter_fields import FilterField, Kind
from chassis.resources.filter_sql import to_clause
from chassis.resources.mapping import Field, column
from chassis.resources.resource import Resource
from wasl.platform.v1.custom_field_pb import CustomField

_CUSTOM: dict[str, Kind] = {
    "TEXT": "text",
    "NUMBER": "number",
    "DATE": "date",
    "CHOICE": "text",
    "MULTI_CHOICE": "text_list",
    "CHECKBOX": "boolean",
    "USER": "uuid",
    "REFERENCE": "uuid",
}


def filter_condition(resource: Resource, call: Call, text: str) -> ColumnElement[bool] | None:
    """A filter as a condition. Raises InvalidArgument INVALID_FILTER with the position."""
    try:
        tree = parse_filter(text)
        if tree is None:
            return None
        hidden = hidden_fields(resource.desc, call.caller.hidden)
        fields = {
            path: field
            for path, field in _own_fields(resource).items()
            if path.partition(".")[0] not in hidden
        }
        if resource.has_custom_fields and ("customFields" in text or "custom_fields" in text):
            fields.update(_custom_fields(resource, call))
        return to_clause(tree, fields)
    except FilterError as error:
        raise InvalidArgument(
            "INVALID_FILTER", f"filter: {error}", metadata={"position": str(error.position)}
        ) from error


_CACHE: dict[str, dict[str, FilterField]] = {}


def _own_fields(resource: Resource) -> dict[str, FilterField]:
    fields = _CACHE.get(resource.name)
    if fields is None:
        fields = _CACHE[resource.name] = {
            name: field
            for mapped in resource.mapping.fields
            if mapped.name not in resource.unfilterable
            for name, field in _filter_fields(resource.table, mapped).items()
        }
    return fields


def _filter_fields(table: type[Any], field: Field) -> dict[str, FilterField]:
    value = field.desc.value
    if len(field.columns) == 2:
        amount = FilterField(column(table, field.columns[0]), "decimal")
        currency = FilterField(column(table, field.columns[1]), "text")
        return {
            field.name: amount,
            f"{field.name}.amount": amount,
            f"{field.name}.currency": currency,
        }
    stored = column(table, field.columns[0])
    if field.name == "etag":
        return {}
    match value:
        case DescFieldValueEnum():
            names = {item.name: item.name for item in value.enum.values if item.number}
            return {field.name: FilterField(stored, "enum", values=names)}
        case DescFieldValueMessage() if value.message.type_name == "google.protobuf.Timestamp":
            return {field.name: FilterField(stored, "timestamp")}
        case DescFieldValueList() if value.element == ScalarType.STRING:
            return {field.name: FilterField(stored, "text_list")}
        case DescFieldValueMessage() | DescFieldValueList():
            return {}
    return {field.name: FilterField(stored, _scalar_kind(stored.type))}


def _scalar_kind(column_type: Any) -> Kind:
    if isinstance(column_type, Uuid):
        return "uuid"
    if isinstance(column_type, Date):
        return "date"
    if isinstance(column_type, Boolean):
        return "boolean"
    if column_type.python_type is int:
        return "number"
    return "text"


def _custom_fields(resource: Resource, call: Call) -> dict[str, FilterField]:
    stored = column(resource.table, "custom_fields")
    fields: dict[str, FilterField] = {}
    for definition in call.runtime.custom_fields.of(call, resource.collection):
        path = f"custom_fields.{definition.key}"
        if definition.type == CustomField.Type.MONEY:
            fields[f"{path}.amount"] = FilterField(
                stored[definition.key], "decimal", json_key="amount"
            )
            continue
        kind = _CUSTOM[CustomField.Type(definition.type).name]
        fields[path] = FilterField(stored, kind, json_key=definition.key)
    return fields
