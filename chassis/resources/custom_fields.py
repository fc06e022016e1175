"""Fields that customers add: their definitions, and the check of their values."""

import datetime
import math
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from chassis.database.tables import CustomFieldRow
from chassis.errors import InvalidArgument, Violation, invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Resource, Write
from chassis.text.cells import plain_number, words
from wasl.platform.v1 import custom_field_pb, custom_field_service_pb, events_pb

CustomField = custom_field_pb.CustomField
Type = CustomField.Type
MAX_TEXT = 4000
# Seconds after which another process sees a new definition.
_FRESH = 2.0
_MONEY = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")


def _prepare(call: Call, row: CustomFieldRow, write: Write) -> None:
    resources = {
        resource.collection
        for resource in call.runtime.service.resources
        if resource.has_custom_fields
    }
    if row.resource not in resources:
        known = ", ".join(sorted(resources)) or "none"
        raise invalid_field("custom_field.resource", f"takes no custom fields; these do: {known}")
    if row.type in ("CHOICE", "MULTI_CHOICE") and not row.choices:
        raise invalid_field("custom_field.choices", "a choice needs at least one")
    if not write.is_new and write.fields & {"resource", "key", "type"}:
        _refuse_changed_identity(call, row)
    call.runtime.custom_fields.forget()


def _refuse_changed_identity(call: Call, row: CustomFieldRow) -> None:
    stored = call.session.execute(
        select(CustomFieldRow.resource, CustomFieldRow.key, CustomFieldRow.type).where(
            CustomFieldRow.id == row.id
        )
    ).one()
    for name, before in zip(("resource", "key", "type"), stored, strict=True):
        if getattr(row, name) != before:
            raise invalid_field(f"custom_field.{name}", "cannot change", reason="IMMUTABLE")


def _forget(call: Call, _row: CustomFieldRow) -> None:
    call.runtime.custom_fields.forget()


CUSTOM_FIELDS = Resource(
    message=CustomField,
    table=CustomFieldRow,
    service_pb=custom_field_service_pb,
    events_pb=events_pb,
    name="platform.customFields",
    prepare=_prepare,
    before_delete=_forget,
    of_every_service=True,
)


class CustomFields:
    """The definitions of this service's custom fields, remembered for two seconds."""

    def __init__(self) -> None:
        self._known: dict[str, list[Any]] = {}
        self._until = 0.0

    def forget(self) -> None:
        """Reads the definitions anew before the next use."""
        self._until = 0.0

    def of(self, call: Call, collection: str) -> list[Any]:
        """The definitions of one collection, as CustomField messages."""
        if time.monotonic() > self._until:
            rows = call.session.execute(
                select(*CUSTOM_FIELDS.mapping.selected).where(CustomFieldRow.delete_time.is_(None))
            ).all()
            known: dict[str, list[Any]] = {}
            for row in rows:
                field = CUSTOM_FIELDS.mapping.from_columns(row)
                known.setdefault(field.resource, []).append(field)
            self._known, self._until = known, time.monotonic() + _FRESH
        return self._known.get(collection, [])

    def checked(
        self,
        call: Call,
        collection: str,
        values: Mapping[str, Any],
        *,
        held: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The values in the form they are stored. Raises InvalidArgument naming each bad one.

        `held` are the values before: those of a deleted field stay, because it may come back, and
        may be sent back as they were read; null takes one away.
        """
        definitions = {field.key: field for field in self.of(call, collection)}
        kept = {key: value for key, value in (held or {}).items() if key not in definitions}
        violations = [
            Violation(f"customFields.{key}", f"{collection} have no such field", "UNKNOWN_FIELD")
            for key, value in values.items()
            if key not in definitions and (key not in kept or value not in (None, kept[key]))
        ]
        checked = {key: value for key, value in kept.items() if values.get(key, value) is not None}
        for key, field in definitions.items():
            value = values.get(key)
            if value is None or value in ("", []):
                if field.required:
                    violations.append(Violation(f"customFields.{key}", "is needed", "REQUIRED"))
                continue
            try:
                checked[key] = _CHECKS[field.type](field, value)
            except ValueError as error:
                violations.append(Violation(f"customFields.{key}", str(error), "INVALID"))
        if violations:
            first = violations[0]
            raise InvalidArgument(
                "INVALID_FIELD", f"{first.field}: {first.message}", violations=violations
            )
        return checked


def _text(_field: Any, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"must be text of at most {MAX_TEXT} characters")
    return value


def _number(_field: Any, value: Any) -> float:
    # Imports bring text; JSON brings numbers.
    text = plain_number(value) if isinstance(value, str) else value
    if isinstance(text, bool) or not isinstance(text, int | float | str):
        raise ValueError("must be a number")
    if isinstance(text, str) and not _NUMBER.fullmatch(text):
        raise ValueError("must be a number")
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number


def _money(_field: Any, value: Any) -> dict[str, str]:
    known = isinstance(value, dict) and value.keys() == {"amount", "currency"}
    amount = plain_number(str(value["amount"])) if known else ""
    if not _MONEY.fullmatch(amount) or not _CURRENCY.fullmatch(str(value["currency"])):
        raise ValueError('must be {"amount": "12.50", "currency": "USD"}')
    return {"amount": amount, "currency": value["currency"]}


def _date(_field: Any, value: Any) -> str:
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError("must be a day such as 2026-03-21") from None


def _choice(field: Any, value: Any) -> str:
    if not _is_choice(field, value):
        raise ValueError(f"must be one of {', '.join(choice.value for choice in field.choices)}")
    return str(value)


def _is_choice(field: Any, value: Any) -> bool:
    return any(choice.value == value for choice in field.choices)


def _multi_choice(field: Any, value: Any) -> list[str]:
    if isinstance(value, str):
        # Imports bring text.
        value = [value] if _is_choice(field, value) else words(value)
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return list(dict.fromkeys(_choice(field, item) for item in value))


def _checkbox(_field: Any, value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _reference(_field: Any, value: Any) -> str:
    try:
        return str(uuid.UUID(value))
    except (TypeError, ValueError, AttributeError):
        raise ValueError("must be an id") from None


_CHECKS: Mapping[int, Callable[[Any, Any], Any]] = {
    Type.TEXT: _text,
    Type.NUMBER: _number,
    Type.MONEY: _money,
    Type.DATE: _date,
    Type.CHOICE: _choice,
    Type.MULTI_CHOICE: _multi_choice,
    Type.CHECKBOX: _checkbox,
    Type.USER: _reference,
    Type.REFERENCE: _reference,
}
