"""Writing histories: whatever order versions come in, the same set of them gives the same rows.

When something holds follows from all its known versions together, so a version that comes late is
put where it belongs, and one that comes twice changes nothing. All of a batch is written at once.
"""
# name: escaped, because every fact has a history, and this lays it out

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    FromClause,
    Text,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from services.reporting.tables.history import HistoryRow

# The columns of a version without `part`, `valid_from` and `valid_to`, which follow from it.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """A time that a version tells about: from when, and what was different then."""

    valid_from: datetime.datetime
    part: int = 0
    different: Row = field(default_factory=dict)


# The times that a version tells about, oldest first, given the version before it if there is one.
Spans = Callable[[Row, Row | None], Sequence[Span]]


@dataclass(frozen=True, kw_only=True)
class History:
    """A table with a history, and how times follow from its versions."""

    table: type[HistoryRow]
    spans: Spans
    # What `spans` reads of a version.
    reads: tuple[str, ...] = ("update_time",)


@dataclass
class _Writes:
    added: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)


def write_versions(
    session: Session, history: History, rows: Iterable[Row], *, heals: bool = False
) -> list[Row]:
    """Adds versions to their histories. Returns those that were new.

    A version that is held already is left alone, unless the rows are snapshots that heal: they
    replace what is held of the same version, and all of them are returned.
    """
    incoming = {(row["id"], row["version"]): row for row in rows}
    if not incoming:
        return []
    held = _held(session, history, {id_ for id_, _ in incoming})
    new = [row for key, row in incoming.items() if heals or key not in held]
    writes = _Writes()
    by_id: dict[str, dict[int, Row]] = defaultdict(dict)
    for row in new:
        by_id[row["id"]][row["version"]] = row
    known: dict[str, dict[int, dict[int, Row]]] = defaultdict(dict)
    for (id_, version), parts in held.items():
        if id_ in by_id:
            known[id_][version] = parts
    for id_, versions in by_id.items():
        _lay_out(versions, known[id_], spans=history.spans, writes=writes)
    _write(session, history.table, writes)
    return new


def _held(
    session: Session, history: History, ids: set[str]
) -> dict[tuple[str, int], dict[int, Row]]:
    table = history.table
    names = ("id", "version", "part", "valid_from", "valid_to", *history.reads)
    # scope: escaped, because a read model belongs to nobody; reports are scoped where they are read
    found = session.execute(
        select(*(getattr(table, name) for name in names)).where(
            table.id.in_(select(given(table, {"id"}, [{"id": id_} for id_ in ids]).c.id))
        )
    ).mappings()
    held: dict[tuple[str, int], dict[int, Row]] = defaultdict(dict)
    for row in found:
        held[row["id"], row["version"]][row["part"]] = dict(row)
    return held


def _lay_out(
    new: Mapping[int, Row],
    held: Mapping[int, Mapping[int, Row]],
    *,
    spans: Spans,
    writes: _Writes,
) -> None:
    """Finds what is to be written so that all versions of one thing lie in their order."""
    previous: Row | None = None
    line: list[tuple[int, Row, Span]] = []
    for version in sorted({*new, *held}):
        row = new[version] if version in new else held[version][0]
        line.extend((version, row, span) for span in spans(row, previous))
        previous = row
    until: datetime.datetime | None = None
    kept: set[tuple[int, int]] = set()
    for version, row, span in reversed(line):
        place = {"part": span.part, "valid_from": span.valid_from, "valid_to": until}
        until = span.valid_from if until is None else min(until, span.valid_from)
        if version in new:
            writes.added.append({**row, **span.different, **place})
            continue
        kept.add((version, span.part))
        before = held[version][span.part]
        if before["valid_from"] != place["valid_from"] or before["valid_to"] != place["valid_to"]:
            writes.moved.append({"id": row["id"], "version": version, **place})
    writes.removed.extend(
        row
        for version, parts in held.items()
        for part, row in parts.items()
        if (version, part) not in kept
    )


def _write(session: Session, table: type[HistoryRow], writes: _Writes) -> None:
    key = {"id", "version", "part"}
    ours = tuple_(table.id, table.version, table.part)
    if writes.removed:
        gone = given(table, key, writes.removed)
        session.execute(
            delete(table).where(ours.in_(select(gone.c.id, gone.c.version, gone.c.part))),
            execution_options={"synchronize_session": False},
        )
    if writes.moved:
        to = given(table, key | {"valid_from", "valid_to"}, writes.moved)
        session.execute(
            update(table)
            .where(ours == tuple_(to.c.id, to.c.version, to.c.part))
            .values(valid_from=to.c.valid_from, valid_to=to.c.valid_to),
            execution_options={"synchronize_session": False},
        )
    insert_rows(session, table, writes.added)


# any: escaped, because SQLAlchemy's columns and tables are generic
def insert_rows(session: Session, table: type[Any], rows: Sequence[Row]) -> None:
    """Inserts rows that have a value for every column, in one statement."""
    if rows:
        names = [item.name for item in table.__table__.columns]
        source = given(table, set(names), rows)
        statement = insert(table).from_select(names, select(*(source.c[name] for name in names)))
        session.execute(statement)


# any: escaped, because SQLAlchemy's columns and tables are generic
def given(table: type[Any], names: set[str], rows: Iterable[Row]) -> FromClause:
    """Rows as something to select from, with the types of the table's columns.

    They travel as one JSON value: PostgreSQL unpacks it faster than it binds a parameter per cell.
    """
    columns = [item for item in table.__table__.columns if item.name in names]
    wanted = [item.name for item in columns]
    text = json.dumps([{name: row[name] for name in wanted} for row in rows], default=str)
    return (
        func.json_to_recordset(cast(literal(text, Text()), JSON()))
        .table_valued(*(column(item.name, item.type) for item in columns))
        .render_derived(with_types=True)
    )
