"""Events are recorded on the session and become outbox rows in the same transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from protobuf import Message
from sqlalchemy.orm import Session

from chassis.audit.trail import Trail, trail_of
from chassis.database.base import ChassisBase, new_id
from chassis.database.tables import OutboxRow
from chassis.events.envelope import event_key
from chassis.telemetry.tracing import current_traceparent
from wasl.platform.v1.events_pb import AuditRecorded

# Without the ORM's bulk machinery, which costs more than the statement.
_OUTBOX = ChassisBase.metadata.tables[OutboxRow.__tablename__]
_RECORDED = "wasl.recorded_events"
# So many changes go into one message, fewer when they are large: the broker takes 16 MiB.
BATCH = 500
MAX_BYTES = 4 * 1024 * 1024


def record(
    session: Session, event: type[Message], changes: Iterable[Message], *, service: str
) -> None:
    """Remembers what happened to one or more records, to be announced when the session commits.

    `event` is the class of the event, such as `ContactCreated`; `changes` are its change messages.
    """
    recorded = session.info.setdefault(_RECORDED, {})
    recorded.setdefault((event, service), []).extend(changes)


def store_recorded_events(session: Session) -> None:
    """Writes what was recorded as outbox rows, up to 500 changes or about 4 MiB to a row."""
    recorded: dict[tuple[type[Message], str], list[Message]] = session.info.pop(_RECORDED, {})
    trail = trail_of(session)
    header = trail.header() if trail is not None else None
    rows: list[dict[str, object]] = [
        {
            "event_id": new_id(),
            # mypy sees no __hash__ on message classes
            "key": event_key(event, service=service),  # type: ignore[arg-type]
            "body": body,
            "traceparent": current_traceparent() or "",
            "audit": header,
        }
        for (event, service), changes in recorded.items()
        for batch in _batches(changes)
        for body in _bodies(event, batch)
    ]
    if not rows and trail is not None and trail.alone:
        rows = [_of_its_own(trail)]
    if rows:
        session.execute(_OUTBOX.insert(), rows)


def forget_recorded_events(session: Session) -> None:
    """Announces nothing of what was recorded so far."""
    session.info.pop(_RECORDED, None)


def _of_its_own(trail: Trail) -> dict[str, object]:
    # An export, a sign-in, a refusal: nothing has changed, and it is told all the same.
    if trail.describe is not None and not trail.subject:
        trail = replace(trail, subject=trail.describe())
    return {
        "event_id": new_id(),
        "key": event_key(AuditRecorded, service=trail.service),
        "body": b"",
        "traceparent": current_traceparent() or "",
        "audit": trail.header(),
    }


def _batches(changes: list[Message]) -> Iterator[list[Message]]:
    source = iter(changes)
    while batch := list(islice(source, BATCH)):
        yield batch


def _bodies(event: type[Message], changes: list[Message]) -> Iterator[bytes]:
    body = event(changes=changes).to_binary()
    if len(body) <= MAX_BYTES or len(changes) == 1:
        yield body
        return
    middle = len(changes) // 2
    yield from _bodies(event, changes[:middle])
    yield from _bodies(event, changes[middle:])
