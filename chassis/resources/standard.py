"""The AIP standard methods, written once and made for each declared resource."""

import datetime
from collections.abc import Iterable
from functools import partial
from typing import Any

from protobuf import Message
from sqlalchemy import ColumnElement, inspect, select

from chassis.database.base import OwnedRow, new_id
from chassis.database.scope import access_of
from chassis.database.scope_events import check_new
from chassis.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    Violation,
    invalid_field,
)
from chassis.grpc.call import Call, Rpc
from chassis.grpc.faults import etag_mismatch
from chassis.grpc.field_groups import hidden_fields
from chassis.resources.changes import announce
from chassis.resources.draft import new_draft
from chassis.resources.listing import list_page
from chassis.resources.mapping import KEPT
from chassis.resources.resource import Resource, Write
from chassis.text.normalise import search_text
from chassis.text.transliterate import latin_key


def standard_rpcs(resource: Resource) -> dict[str, Rpc]:
    """The functions of a resource's standard methods, by RPC name in snake case."""
    one, many = resource.field, resource.plural_field
    functions: dict[str, Rpc] = {
        f"get_{one}": partial(get, resource),
        f"list_{many}": partial(list_page, resource),
        f"create_{one}": partial(create, resource),
        f"update_{one}": partial(update, resource),
        f"delete_{one}": partial(delete, resource),
        f"undelete_{one}": partial(undelete, resource),
        f"batch_get_{many}": partial(batch_get, resource),
    }
    return functions


def get(resource: Resource, request: Any, call: Call) -> Message:
    """One record. Raises NotFound, also for a deleted one unless `show_deleted`."""
    bound = {"id": request.id, "deleted": request.show_deleted}
    values = call.session.execute(resource.one, bound).first()
    if values is None:
        raise not_found(resource, request.id)
    message: Message = resource.mapping.from_columns(values)
    return message


def batch_get(resource: Resource, request: Any, call: Call) -> Message:
    """Several records in the order of the ids. Raises NotFound when one is missing."""
    ids = [id_.lower() for id_ in request.ids]
    found = {
        message.id: message
        for message in select_messages(
            resource,
            call,
            resource.table.id.in_(ids),
            resource.table.delete_time.is_(None),
        )
    }
    missing = [id_ for id_ in ids if id_ not in found]
    if missing:
        raise not_found(resource, missing[0])
    response = resource.request(f"BatchGet{resource.plural}Response")
    return response(**{resource.plural_field: [found[id_] for id_ in ids]})


def create(resource: Resource, request: Any, call: Call) -> Message:
    """Adds a record and announces it. Raises what the proto's and the resource's rules refuse."""
    message = getattr(request, resource.field)
    names = [name for name in resource.mapping.writable if _is_set(message, name)]
    refuse_hidden(resource, call, names)
    row = draft_of(resource, call, message)
    finish(resource, call, row, Write(fields=frozenset(names), is_new=True))
    # A draft and not an ORM row: a flush costs twice what the statement does.
    call.session.execute(resource.table.__table__.insert(), vars(row))
    after: Message = resource.mapping.from_row(row)
    announce(call.session, resource, "Created", service=call.service, after=after)
    return after


def draft_of(resource: Resource, call: Call, message: Message) -> Any:
    """The row that a new message would be, with what every new record gets: id, version, times,
    creator and, when it has none, an owner.
    """
    time = now()
    row = new_draft(
        resource.table.__table__,
        resource.mapping.values(message, list(resource.mapping.writable))
        | {
            "id": new_id(),
            "version": 1,
            "create_time": time,
            "update_time": time,
            "creator_id": call.caller.user_id or None,
        },
    )
    if is_owned(resource) and not row.owner_id:
        row.owner_id = call.caller.user_id or None
    return row


def update(resource: Resource, request: Any, call: Call) -> Message:
    """Changes the fields of the mask, if the record still has the etag, and announces it.

    Raises FailedPrecondition ETAG_REQUIRED without an etag and Aborted ETAG_MISMATCH with an old
    one. Setting what is set already changes nothing and announces nothing.
    """
    message = getattr(request, resource.field)
    names = masked_fields(resource, message, request.update_mask)
    if request.update_mask is not None and list(request.update_mask.paths) == ["*"]:
        hidden = hidden_fields(resource.desc, call.caller.hidden)
        names = [name for name in names if name not in hidden]
    refuse_hidden(resource, call, names)
    row = load(resource, call, message.id)
    check_etag(row, message.etag, needed=True)
    before = resource.mapping.from_row(row)
    values = resource.mapping.values(message, names)
    if all(getattr(row, name) == value for name, value in values.items()):
        return before  # type: ignore[no-any-return]
    for name, value in values.items():
        setattr(row, name, value)
    finish(resource, call, row, Write(fields=frozenset(names), is_new=False))
    past_tense = resource.update_event(before, resource.mapping.from_row(row))
    return save(resource, call, row, before=before, past_tense=past_tense)


def delete(resource: Resource, request: Any, call: Call) -> Message:
    """Takes a record away, softly: it can be undeleted until it is purged."""
    row = load(resource, call, request.id)
    check_etag(row, request.etag, needed=True)
    before = resource.mapping.from_row(row)
    if resource.before_delete is not None:
        resource.before_delete(call, row)
    row.delete_time = now()
    return save(resource, call, row, before=before, past_tense="Deleted")


def undelete(resource: Resource, request: Any, call: Call) -> Message:
    """Brings a deleted record back. One that is not deleted stays as it is."""
    row = load(resource, call, request.id, deleted=True)
    before = resource.mapping.from_row(row)
    if row.delete_time is None:
        return before  # type: ignore[no-any-return]
    row.delete_time = None
    return save(resource, call, row, before=before, past_tense="Undeleted")


def save(resource: Resource, call: Call, row: Any, *, before: Message, past_tense: str) -> Message:
    """Writes a changed row and announces the change under a past tense such as `Won`."""
    row.update_time = now()
    call.session.flush()
    after: Message = resource.mapping.from_row(row)
    announce(call.session, resource, past_tense, service=call.service, after=after, before=before)
    return after


def load(resource: Resource, call: Call, id_: str, *, deleted: bool = False) -> Any:
    """The ORM row of a record. Raises NotFound, also for deleted ones unless asked for."""
    row = call.session.get(resource.table, id_)
    if row is None or (row.delete_time is not None and not deleted):
        raise not_found(resource, id_)
    return row


def select_messages(
    resource: Resource, call: Call, *conditions: ColumnElement[bool]
) -> Iterable[Any]:
    """The messages of all rows that meet some conditions."""
    rows = call.session.execute(select(*resource.mapping.selected).where(*conditions))
    return (resource.mapping.from_columns(values) for values in rows)


def finish(resource: Resource, call: Call, row: Any, write: Write) -> None:
    """What every write of a row goes through, imports too: references, rules, search text."""
    if resource.has_custom_fields and (write.is_new or "custom_fields" in write.fields):
        held = () if write.is_new else inspect(row).attrs.custom_fields.history.deleted
        row.custom_fields = call.runtime.custom_fields.checked(
            call, resource.collection, row.custom_fields or {}, held=held[0] if held else None
        )
    if not write.importing:
        check_references(resource, call, row, write.fields)
    resource.prepare(call, row, write)
    if is_owned(resource):
        place_in_team(call, row, write)
        if write.is_new:
            check_new(access_of(call.session), resource.table, row)
    fill_search(resource, row)


def is_owned(resource: Resource) -> bool:
    """Whether the resource's records belong to somebody."""
    return issubclass(resource.table, OwnedRow)


def place_in_team(call: Call, row: Any, write: Write) -> None:
    """Puts a record into its owner's team, unless a team is named."""
    named = "team_id" in write.fields and row.team_id
    if not named and (write.is_new or write.fields & {"owner_id", "team_id"}):
        row.team_id = call.runtime.references.team_of(call, row.owner_id)


def refuse_hidden(resource: Resource, call: Call, names: Iterable[str]) -> None:
    """Raises PermissionDenied for a write of what the caller's roles do not show."""
    hidden = hidden_fields(resource.desc, call.caller.hidden)
    for name in names:
        if name in hidden:
            raise PermissionDenied(
                "FIELD_HIDDEN",
                f"{resource.field}.{name}: your roles do not show this field",
                violations=[Violation(f"{resource.field}.{name}", "is hidden", "FIELD_HIDDEN")],
            )


def check_references(resource: Resource, call: Call, row: Any, names: Iterable[str]) -> None:
    """Raises InvalidArgument for a field that refers to what is not there."""
    for name in names:
        target = resource.references.get(name)
        held = getattr(row, name) if target else None
        if not target or not held:
            continue
        # A field may refer to many: then it is a list of ids.
        for place, id_ in enumerate(held if isinstance(held, list) else [held]):
            if not call.runtime.references.exists(call, target, id_):
                raise invalid_field(
                    f"{resource.field}.{name}" + (f"[{place}]" if held is not id_ else ""),
                    f"there is no {target.rpartition('.')[2]} record with this id",
                    reason="NOT_FOUND",
                )


def fill_search(resource: Resource, row: Any) -> None:
    """Keeps the search columns true to the row."""
    if resource.searched is not None:
        parts = resource.searched(row)
        # The spaces let a pattern ask for the beginning or end of a word.
        row.search_text = f" {search_text(*parts)} "
        row.search_key = f" {latin_key(parts[0] or '')} "


def masked_fields(resource: Resource, message: Message, mask: Any) -> list[str]:
    """The fields an update is about: those of the mask, or without one those that are set."""
    paths = list(mask.paths) if mask is not None else []
    if not paths:
        return [name for name in resource.mapping.writable if _is_set(message, name)]
    if paths == ["*"]:
        return list(resource.mapping.writable)
    names: list[str] = []
    for path in paths:
        name = path.partition(".")[0]
        if name not in resource.mapping.writable:
            known = {field.name for field in resource.desc.fields}
            if name in KEPT or name in known:
                # Sent back as it was read: harmless, and what every client does.
                continue
            raise invalid_field("updateMask", f"there is no field {path!r}", reason="UNKNOWN_FIELD")
        names.append(name)
    return list(dict.fromkeys(names))


def check_etag(row: Any, etag: str, *, needed: bool) -> None:
    """Raises when the caller's version is not the row's, or is needed and not given."""
    if not etag:
        if needed:
            raise FailedPrecondition(
                "ETAG_REQUIRED", "Send the etag of the version you have read (If-Match)."
            )
        return
    if not etag.isascii() or not etag.isdigit():
        raise InvalidArgument("INVALID_ETAG", "The etag is not one that Wasl has given.")
    if etag != str(row.version):
        raise etag_mismatch()


def not_found(resource: Resource, id_: str) -> NotFound:
    """The one error for what is not there and for what is not the caller's."""
    return NotFound(
        "NOT_FOUND",
        f"There is no {resource.field.replace('_', ' ')} {id_}.",
        metadata={"resource": resource.name, "id": id_},
    )


def now() -> datetime.datetime:
    """The present time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def _is_set(message: Message, name: str) -> bool:
    value = getattr(message, name)
    return bool(value) or (isinstance(value, Message))
