"""The audit log: entries that are chained to each other, and the head of each day's chain."""

import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.tables import Base


class AuditEntryRow(Base):
    """Something that somebody did. Only ever added."""

    __tablename__ = "audit_entry"
    # That of the event which told of it, so that it is written once.
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    time: Mapped[datetime.datetime]
    user_id: Mapped[str]
    credential: Mapped[str]
    method: Mapped[str]
    service: Mapped[str]
    outcome: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    request_id: Mapped[str]
    subject: Mapped[str]
    changes: Mapped[list[dict[str, Any]]]
    day: Mapped[datetime.date]
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
    # What the changes are about, for the index; verified against them.
    resources: Mapped[list[str]] = mapped_column(ARRAY(Text))
    record_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))

    __table_args__ = (
        Index("uq_audit_entry_place", "day", "number", unique=True),
        Index("ix_audit_entry_time", "time"),
        Index("ix_audit_entry_user", "user_id", "day", "number"),
        Index("ix_audit_entry_request", "request_id"),
        Index("ix_audit_entry_record_ids", "record_ids", postgresql_using="gin"),
    )


class AuditDayRow(Base):
    """A day (UTC) of the log: how many entries it has, and the hash of the last."""

    __tablename__ = "audit_day"
    day: Mapped[datetime.date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str]
    # The head of the day before, which the first entry continues.
    previous: Mapped[str]
    # HMAC over all of them: who removes the last entry cannot mend the count.
    mac: Mapped[str]

    @property
    def number_and_hash(self) -> str:
        """The last entry of the day, for people: where it is and its hash."""
        return f"{self.count} of {self.day}, {self.head}"


class AuditKeyChangeRow(Base):
    """A change of the key that the log is sealed with: where the former key ended."""

    __tablename__ = "audit_key_change"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # The last entry under the former key: its day, its number and its hash.
    day: Mapped[datetime.date]
    count: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str]
    # Names of both keys, which do not give them away.
    former: Mapped[str]
    key: Mapped[str]
    # The seal of the change before, and HMAC over all of it with the new key.
    previous: Mapped[str]
    mac: Mapped[str]
