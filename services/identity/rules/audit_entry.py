"""The audit log grows: entries are sealed and written in the order in which they are heard.

And it can be verified: whether it is still as it was written.
"""

import datetime
import logging
from collections.abc import Iterator, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chassis.database.session import take_turns
from chassis.resources.standard import now
from services.identity.rules.audit_chain import GENESIS, Seals, seal_day, seal_entry, verify
from services.identity.tables.audit_entry import AuditDayRow, AuditEntryRow

LOG = logging.getLogger(__name__)
# Rows that are in memory at once.
_PIECE = 2000


def append_entries(
    session: Session, entries: Sequence[AuditEntryRow], *, seals: Seals, today: datetime.date
) -> None:
    """Adds entries to the end of the log; those that are in it already are left out.

    They go into the chain of the day on which they are heard, which is not always that of their
    time: what a broker has kept over midnight must not be put among what is sealed.
    """
    take_turns(session, "identity.audit")
    fresh = _unknown(session, entries)
    if not fresh:
        return
    day = _open_day(session, today)
    head, count = day.head, day.count
    for entry in fresh:
        count += 1
        entry.day, entry.number = day.day, count
        entry.hash = head = seal_entry(seals, entry, previous=head)
    session.execute(insert(AuditEntryRow), [_values(entry) for entry in fresh])
    day.head, day.count = head, count
    day.mac = seal_day(seals, day=day.day, count=count, head=head, previous=day.previous)
    session.add(day)
    session.flush()


def today() -> datetime.date:
    """The day (UTC) that entries go into."""
    return now().date()


def findings(session: Session, seals: Seals, *, since: datetime.date | None) -> Iterator[str]:
    """What is wrong with the log, a sentence each."""
    days: Sequence[AuditDayRow] = session.scalars(
        select(AuditDayRow).order_by(AuditDayRow.day)
    ).all()
    yield from verify(seals, days, lambda day: _entries_of(session, day), since=since)
    stray = session.scalars(
        select(AuditEntryRow.day)
        .distinct()
        .where(AuditEntryRow.day.not_in(select(AuditDayRow.day)))
        .order_by(AuditEntryRow.day)
    )
    for day in stray:
        yield f"{day}: there are entries of a day that has no head."


def head_of(session: Session) -> AuditDayRow | None:
    """The last day of the log; None while it is empty."""
    return session.scalar(select(AuditDayRow).order_by(AuditDayRow.day.desc()).limit(1))


def is_in_the_log(session: Session, hash_: str) -> bool:
    """Whether there is an entry with a hash that was noted earlier."""
    return session.scalar(select(AuditEntryRow.id).where(AuditEntryRow.hash == hash_)) is not None


def _entries_of(session: Session, day: datetime.date) -> Iterator[AuditEntryRow]:
    statement = select(AuditEntryRow).where(AuditEntryRow.day == day).order_by(AuditEntryRow.number)
    yield from session.scalars(statement, execution_options={"yield_per": _PIECE})


def _unknown(session: Session, entries: Sequence[AuditEntryRow]) -> list[AuditEntryRow]:
    by_id = {entry.id: entry for entry in entries}
    known = set(session.scalars(select(AuditEntryRow.id).where(AuditEntryRow.id.in_(by_id))))
    return [entry for id_, entry in by_id.items() if id_ not in known]


def _open_day(session: Session, day: datetime.date) -> AuditDayRow:
    latest = session.scalar(select(AuditDayRow).order_by(AuditDayRow.day.desc()).limit(1))
    # A clock that was set back must not open a day behind the last.
    if latest is not None and latest.day >= day:
        return latest
    head = latest.head if latest is not None else GENESIS
    if latest is not None:
        # Whoever keeps logs elsewhere can tell by it that the end of the log was cut off.
        LOG.info(
            "audit day closed",
            extra={"day": str(latest.day), "entries": latest.count, "head": latest.head},
        )
    return AuditDayRow(day=day, count=0, head=head, previous=head, mac="")


def _values(entry: AuditEntryRow) -> dict[str, object]:
    return {column.key: getattr(entry, column.key) for column in AuditEntryRow.__table__.columns}
