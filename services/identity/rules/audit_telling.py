"""What an event tells the audit log: who, what, from where, and the fields before and after."""
# name: escaped, because it is about events of every kind becoming entries

import json
from collections.abc import Sequence
from typing import Any

from protobuf import (
    DescField,
    DescFieldValueList,
    DescFieldValueMessage,
    DescMessage,
    Message,
)

from chassis.audit.subject import is_personal, is_secret
from chassis.audit.trail import read_trail
from chassis.events.envelope import Event
from chassis.events.listener import PermanentError
from services.identity.tables.audit_entry import AuditEntryRow

REDACTED = "…redacted"
# They change with every write, or say what the entry says.
_SAID_ELSEWHERE = frozenset({"id", "etag", "create_time", "update_time"})
# Beyond it only the ids are kept: a bulk write is told by what it was, not by each value.
_TOLD_IN_FULL = 100


def entry_of(event: Event) -> AuditEntryRow:
    """The entry of an event, without its place in the chain. Raises PermanentError."""
    try:
        trail = read_trail(event.audit)
    except ValueError as error:
        raise PermanentError(f"the trail of the event cannot be read: {error}") from error
    changes = _changes(event, in_full=not trail.method.startswith("Import"))
    return AuditEntryRow(
        id=event.id,
        time=event.time,
        user_id=trail.user_id,
        credential=trail.credential or ("" if not trail.user_id else "user"),
        method=trail.method,
        service=trail.service,
        outcome=trail.outcome,
        address=trail.address,
        user_agent=trail.user_agent,
        request_id=trail.request_id,
        subject=trail.subject.replace("\x00", ""),
        changes=changes,
        resources=sorted({change["resource"] for change in changes}),
        record_ids=sorted({change["recordId"] for change in changes}),
    )


def collection(noun: str) -> str:
    """`companies` of `company`, as permissions say it."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch")) else "s")


def _changes(event: Event, *, in_full: bool) -> list[dict[str, str]]:
    told: Sequence[Any] = getattr(event.body, "changes", ())
    service, noun, verb = event.key.split(".")
    resource = f"{service}.{collection(noun)}"
    changes = []
    for change in told:
        record_field = change.desc().fields[0]
        record = change[record_field]
        one = {"resource": resource, "recordId": getattr(record, "id", ""), "verb": verb}
        if in_full and len(told) <= _TOLD_IN_FULL:
            one |= _before_and_after(change, record)
        changes.append(one)
    return changes


def _before_and_after(change: Any, record: Message) -> dict[str, str]:
    mask, previous = change.changed_fields, change.previous
    if mask is None or not mask.paths:
        names = [field.name for field in record.desc().fields if field in record]
        return {"after": _json(record, names)} if previous is None else {}
    names = list(mask.paths)
    return {
        "before": _json(previous, names) if previous is not None else "{}",
        "after": _json(record, names),
    }


def _json(message: Message, names: Sequence[str]) -> str:
    plain = json.loads(message.to_json())
    told = {
        field.json_name: _told(field, plain.get(field.json_name))
        for field in message.desc().fields
        if field.name in names and field.name not in _SAID_ELSEWHERE
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("\\u0000", "")


def _told(field: DescField, value: Any) -> Any:
    """A value as it may be kept: what the proto calls personal or secret is not."""
    if value is None:
        return None
    if is_personal(field) or is_secret(field):
        return REDACTED
    match field.value:
        case DescFieldValueMessage(message=message) if isinstance(value, dict):
            return _told_inside(message, value)
        case DescFieldValueList(element=DescMessage() as message):
            return [_told_inside(message, item) for item in value]
    return value


def _told_inside(message: DescMessage, value: Any) -> Any:
    if not isinstance(value, dict) or message.type_name.startswith("google.protobuf."):
        return value
    fields = {field.json_name: field for field in message.fields}
    return {name: _told(fields[name], item) for name, item in value.items()}
