"""One batch of an import: rows become records in bulk, in one transaction with their events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from protobuf import Message
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis.errors import WaslError
from chassis.grpc.call import Call
from chassis.grpc.faults import as_wasl_error
from chassis.resources.changes import announce_all
from chassis.resources.draft import copied_columns
from chassis.resources.field_names import camel_case
from chassis.resources.imports.plan import Handling, Plan, RowError, read_row, value_of
from chassis.resources.mapping import column
from chassis.resources.resource import Resource, Write
from chassis.resources.standard import check_references, draft_of, finish, now
from chassis.tabular.errors import BadRow

Row = tuple[int, list[str]]
Found = dict[tuple[str, str, str], str]


@dataclass
class Failure:
    """A refused row."""

    number: int
    cells: list[str]
    reason: str
    field: str
    message: str


@dataclass
class Outcome:
    """What became of some rows: records before and after, how many were left alone, refusals."""

    created: list[Message] = field(default_factory=list)
    updated: list[tuple[Message, Message]] = field(default_factory=list)
    skipped: int = 0
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Takes in what became of some more rows."""
        self.created += other.created
        self.updated += other.updated
        self.skipped += other.skipped
        self.failures += other.failures


def import_batch(plan: Plan, call: Call, rows: Sequence[Row | BadRow], found: Found) -> Outcome:
    """Writes some rows and records their events. Every row ends in exactly one of the outcomes."""
    total = Outcome()
    good: list[Row] = []
    for row in rows:
        if isinstance(row, BadRow):
            total.failures.append(
                Failure(row.number, list(row.cells), row.reason, "", row.sentence)
            )
        else:
            good.append(row)
    _look_up(plan, call, good, found)
    read = _read(plan, call, good, found, total)
    for part in _without_repeats(plan, read):
        total.add(_write_or_split(plan, call, part))
    total.failures.sort(key=lambda failure: failure.number)
    resource, session = plan.resource, call.session
    created = ((after, None) for after in total.created)
    announce_all(session, resource, "Created", service=call.service, pairs=created)
    by_event: dict[str, list[tuple[Message, Message]]] = {}
    for after, before in total.updated:
        by_event.setdefault(resource.update_event(before, after), []).append((after, before))
    for past_tense, pairs in by_event.items():
        announce_all(session, resource, past_tense, service=call.service, pairs=pairs)
    return total


@dataclass(frozen=True)
class Read:
    """A row of the file, the message it says and the row it would be in the table."""

    number: int
    cells: list[str]
    message: Message
    row: Any


def _look_up(plan: Plan, call: Call, rows: Sequence[Row], found: Found) -> None:
    for source in plan.sources:
        if not source.resource:
            continue
        values = {value_of(source, cells) for _, cells in rows} - {""}
        new = [value for value in values if (source.resource, source.key, value) not in found]
        if not new:
            continue
        ids, ambiguous = call.runtime.references.look_up(call, source.resource, source.key, new)
        for value, id_ in ids.items():
            if value not in ambiguous:
                found[source.resource, source.key, value] = id_


def _read(plan: Plan, call: Call, rows: Sequence[Row], found: Found, total: Outcome) -> list[Read]:
    read: list[Read] = []
    for number, cells in rows:
        try:
            message = read_row(plan, cells, found)
            read.append(Read(number, cells, message, _new_row(plan, call, message)))
        except RowError as error:
            place = _place(plan, error.field)
            total.failures.append(Failure(number, cells, error.reason, place, error.message))
        except WaslError as error:
            total.failures.append(_failure(plan, number, cells, error))
    return read


def _without_repeats(plan: Plan, rows: Sequence[Read]) -> list[list[Read]]:
    # A key that comes twice in a batch must find its first row written.
    if not plan.key:
        return [list(rows)] if rows else []
    parts: list[list[Read]] = []
    seen: set[Any] = set()
    for read in rows:
        key = getattr(read.row, plan.key)
        if not parts or (key and key in seen):
            parts.append([])
            seen = set()
        parts[-1].append(read)
        seen.add(key)
    return parts


def _write_or_split(plan: Plan, call: Call, rows: Sequence[Read]) -> Outcome:
    try:
        with call.session.begin_nested():
            return _write(plan, call, rows)
    except (IntegrityError, psycopg.IntegrityError, psycopg.DataError, WaslError) as error:
        if len(rows) == 1:
            return Outcome(failures=[_failure(plan, rows[0].number, rows[0].cells, error)])
    # One row breaks a rule of the database: halve until it stands alone.
    call.session.expunge_all()
    middle = len(rows) // 2
    outcome = _write_or_split(plan, call, rows[:middle])
    outcome.add(_write_or_split(plan, call, rows[middle:]))
    return outcome


def _write(plan: Plan, call: Call, rows: Sequence[Read]) -> Outcome:
    outcome = Outcome()
    existing = _existing(plan, call, rows)
    new: list[Any] = []
    for read in rows:
        key = getattr(read.row, plan.key) if plan.key else None
        held = existing.get(key) if key else None
        if held is None and not (key and key in plan.pretended):
            new.append(read.row)
        elif plan.handling == Handling.SKIP:
            outcome.skipped += 1
        elif held is not None:
            try:
                outcome.updated.extend(_overwrite(plan, call, held, read.message))
            except WaslError as error:
                # What was set before it was refused must not be written with the others.
                call.session.expunge(held)
                outcome.failures.append(_failure(plan, read.number, read.cells, error))
    call.session.flush()
    _copy(call, plan.resource, new)
    if call.dry_run and plan.key:
        plan.pretended.update(getattr(row, plan.key) for row in new)
    from_row = plan.resource.mapping.from_row
    outcome.created = [from_row(row) for row in new]
    return outcome


def _existing(plan: Plan, call: Call, rows: Sequence[Read]) -> dict[Any, Any]:
    if not plan.key:
        return {}
    table = plan.resource.table
    key = column(table, plan.key)
    values = {getattr(read.row, plan.key) for read in rows} - {"", None}
    held = call.session.scalars(
        select(table).where(key.in_(values), column(table, "delete_time").is_(None))
    )
    return {getattr(row, plan.key): row for row in held}


def _new_row(plan: Plan, call: Call, message: Message) -> Any:
    resource = plan.resource
    row = draft_of(resource, call, message)
    write = Write(fields=plan.fields, is_new=True, importing=True, region=plan.region)
    _check_plain_ids(plan, call, row)
    finish(resource, call, row, write)
    return row


def _overwrite(plan: Plan, call: Call, row: Any, message: Message) -> list[tuple[Message, Message]]:
    resource = plan.resource
    before = resource.mapping.from_row(row)
    names = [name for name in resource.mapping.writable if name in plan.fields]
    values = resource.mapping.values(message, names)
    if all(getattr(row, name) == value for name, value in values.items()):
        return []
    for name, value in values.items():
        setattr(row, name, value)
    write = Write(fields=frozenset(names), is_new=False, importing=True, region=plan.region)
    _check_plain_ids(plan, call, row)
    finish(resource, call, row, write)
    row.update_time = now()
    call.session.flush()
    return [(resource.mapping.from_row(row), before)]


def _check_plain_ids(plan: Plan, call: Call, row: Any) -> None:
    # What was looked up is there; an id that stood in the file may not be.
    looked_up = {source.target.field for source in plan.sources if source.resource}
    check_references(plan.resource, call, row, plan.fields - looked_up)


def _failure(plan: Plan, number: int, cells: list[str], error: Exception) -> Failure:
    known = as_wasl_error(error, None)
    if known is None:
        raise error
    place = known.violations[0].field if known.violations else ""
    message = known.violations[0].message if known.violations else known.message
    return Failure(number, cells, known.reason, _place(plan, place), message)


def _place(plan: Plan, path: str) -> str:
    """A path as people write it in a mapping, such as `emails[0].address`."""
    path = path.removeprefix(f"{plan.resource.field}.")
    head, dot, rest = path.partition(".")
    # The keys of custom fields are the customer's.
    return f"{head}{dot}{rest}" if head == "customFields" else camel_case(path)


def _copy(call: Call, resource: Resource, rows: Sequence[Any]) -> None:
    if not rows:
        return
    columns = copied_columns(resource.table.__table__)
    quoted = ", ".join(f'"{column.name}"' for column in columns)
    statement = f'COPY "{resource.table.__tablename__}" ({quoted}) FROM STDIN'
    connection: Any = call.session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            values = row.__dict__
            copy.write_row([column.write(values[column.name]) for column in columns])
