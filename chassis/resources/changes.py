"""What has changed, as events tell it: the record after, the fields that changed, and before."""

from collections.abc import Iterable
from typing import Any

from protobuf import Message
from protobuf.wkt import FieldMask
from sqlalchemy.orm import Session

from chassis.events.outbox import record
from chassis.resources.resource import Resource

# They change with every write, and so tell nothing.
_ALWAYS = frozenset({"etag", "update_time"})


def make_change(resource: Resource, *, after: Message, before: Message | None) -> Message:
    """The change message of one record. `before` is None for a new one."""
    if before is None:
        return resource.change(**{resource.field: after})
    names = changed_fields(resource, after=after, before=before)
    previous = {name: value for name in names if (value := getattr(before, name)) is not None}
    return resource.change(
        **{
            resource.field: after,
            "previous": resource.message(**previous),
            "changed_fields": FieldMask(paths=names),
        }
    )


def changed_fields(resource: Resource, *, after: Message, before: Message) -> list[str]:
    """The names of the fields that differ, without those that differ after every write."""
    return [
        field.name
        for field in resource.mapping.fields
        if field.name not in _ALWAYS and getattr(before, field.name) != getattr(after, field.name)
    ]


def announce(
    session: Session,
    resource: Resource,
    past_tense: str,
    *,
    service: str,
    after: Message,
    before: Message | None = None,
) -> None:
    """Records the event of one changed record, such as `Updated`."""
    change = make_change(resource, after=after, before=before)
    record(session, resource.event(past_tense), [change], service=service)


def announce_all(
    session: Session,
    resource: Resource,
    past_tense: str,
    *,
    service: str,
    pairs: Iterable[tuple[Any, Any]],
) -> None:
    """Records one kind of event for many records at once; pairs of (after, before or None)."""
    changes = [make_change(resource, after=after, before=before) for after, before in pairs]
    if changes:
        record(session, resource.event(past_tense), changes, service=service)
