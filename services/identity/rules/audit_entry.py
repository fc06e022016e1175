"""The audit log grows: entries are sealed and written in the order in which they are heard.

And it can be verified: whether it is still as it was written.
"""

import datetime
import logging
from collections.abc import Iterator, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chassis.database.session import take_turns
from chassis.errors import FailedPrecondition
from chassis.resources.standard import now
from services.identity.rules.audit_chain import (
    GENESIS,
    keys_of,
    seal_day,
    seal_entry,
    verify,
)
from services.identity.rules.audit_keys import Keys, Seals, seal_change
from services.identity.tables.audit_entry import AuditDayRow, AuditEntryRow, AuditKeyChangeRow

LOG = logging.getLogger(__name__)
# Rows that are in memory at once.
_PIECE = 2000


def append_entries(
    session: Session,
    entries: Sequence[AuditEntryRow],
    *,
    known: Sequence[Seals],
    today: datetime.date,
) -> None:
    """Adds entries to the end of the log; those that are in it already are left out.

    They go into the chain of the day on which they are heard, which is not always that of their
    time: what a broker has kept over midnight must not be put among what is sealed.

    They are sealed with the key that the log is at, which is not always the first of `known`.
    Raises FailedPrecondition when that one is not known: this process has not heard of a change.
    """
    take_turns(session, "identity.audit")
    fresh = _unknown(session, entries)
    if not fresh:
        return
    latest = head_of(session)
    seals = _in_use(_keys(session, known, latest))
    day = _open_day(latest, today)
    head, count = day.head, day.count
    for entry in fresh:
        count += 1
        entry.day, entry.number = day.day, count
        entry.hash = head = seal_entry(seals, entry, previous=head)
    session.execute(insert(AuditEntryRow), [_values(entry) for entry in fresh])
    day.head, day.count = head, count
    day.mac = _mac(day, seals)
    session.add(day)
    session.flush()


def today() -> datetime.date:
    """The day (UTC) that entries go into."""
    return now().date()


def change_key(session: Session, known: Sequence[Seals]) -> AuditKeyChangeRow | None:
    """Goes over to the first of the known keys; None when the log is there, or is empty.

    Raises FailedPrecondition when the log was sealed with it before the key in use, or when its
    last head is not as it was written: what is wrong must not be sealed anew.
    """
    take_turns(session, "identity.audit")
    day = head_of(session)
    if day is None:
        return None
    keys = _keys(session, known, day)
    former, new = _in_use(keys), known[0]
    if former == new:
        return None
    if keys.is_in_use_already:
        raise FailedPrecondition(
            "AUDIT_KEY_RETIRED", "The first key of WASL_AUDIT_KEY was retired; make another."
        )
    if day.mac != _mac(day, former):
        raise FailedPrecondition(
            "AUDIT_LOG_ALTERED", "The last head was altered; `audit verify` tells more."
        )
    before = session.scalar(
        select(AuditKeyChangeRow).order_by(AuditKeyChangeRow.number.desc()).limit(1)
    )
    change = AuditKeyChangeRow(
        number=before.number + 1 if before is not None else 1,
        day=day.day,
        count=day.count,
        head=day.head,
        former=former.name,
        key=new.name,
        previous=before.mac if before is not None else "",
    )
    change.mac = seal_change(new, change)
    day.mac = _mac(day, new)
    session.add(change)
    session.flush()
    return change


def findings(
    session: Session, known: Sequence[Seals], *, since: datetime.date | None
) -> Iterator[str]:
    """What is wrong with the log, a sentence each."""
    days: Sequence[AuditDayRow] = session.scalars(
        select(AuditDayRow).order_by(AuditDayRow.day)
    ).all()
    yield from verify(
        known,
        days,
        lambda day: _entries_of(session, day),
        changes=_changes(session),
        since=since,
    )
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


def _changes(session: Session) -> Sequence[AuditKeyChangeRow]:
    return session.scalars(select(AuditKeyChangeRow).order_by(AuditKeyChangeRow.number)).all()


def _keys(session: Session, known: Sequence[Seals], latest: AuditDayRow | None) -> Keys:
    return keys_of(known, [latest] if latest is not None else [], _changes(session))


def _in_use(keys: Keys) -> Seals:
    if keys.in_use is None:
        raise FailedPrecondition(
            "AUDIT_KEY_UNKNOWN",
            "The audit log was moved to a key that is not in this process's WASL_AUDIT_KEY.",
        )
    return keys.in_use


def _mac(day: AuditDayRow, seals: Seals) -> str:
    return seal_day(seals, day=day.day, count=day.count, head=day.head, previous=day.previous)


def _open_day(latest: AuditDayRow | None, day: datetime.date) -> AuditDayRow:
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
