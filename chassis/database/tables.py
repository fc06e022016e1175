"""The tables that every service's database has, whatever the service is about."""

import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ChassisBase, OwnedRow, ResourceRow, new_id


class OutboxRow(ChassisBase):
    """An event that is to be published. Deleted once the broker has confirmed it."""

    __tablename__ = "outbox"
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), default=new_id)
    key: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    traceparent: Mapped[str] = mapped_column(server_default="")
    # Who did it and from where, as JSON (chassis/audit/trail.py); NULL when nobody asks.
    audit: Mapped[str | None]
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.clock_timestamp())


class InboxRow(ChassisBase):
    """An event that a consumer has dealt with, so that it has its effect once."""

    __tablename__ = "inbox"
    consumer: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now(), index=True)


class IdempotencyRow(ChassisBase):
    """The answer to a request that came with an Idempotency-Key."""

    __tablename__ = "idempotency"
    caller_id: Mapped[str] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    # HMAC-SHA256 of the request; another request under the same key is refused.
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    response: Mapped[bytes] = mapped_column(LargeBinary)
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now(), index=True)


class CustomFieldRow(ResourceRow, ChassisBase):
    """The definition of a field that the customer has added."""

    __tablename__ = "custom_field"
    resource: Mapped[str]
    key: Mapped[str]
    type: Mapped[str]
    label: Mapped[dict[str, Any]] = mapped_column(default=dict)
    required: Mapped[bool] = mapped_column(default=False)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    reference: Mapped[str] = mapped_column(default="")
    # A deleted field keeps its key until it is purged: its values are still in the records.
    __table_args__ = (Index("uq_custom_field_key", "resource", "key", unique=True),)


class ShareRow(ResourceRow, ChassisBase):
    """A record that is open to a user or a team beside those whom it is in scope of.

    Shares of other services' records are kept too, where one of our tables inherits from them.
    """

    __tablename__ = "share"
    resource: Mapped[str]
    record_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    user_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    team_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    level: Mapped[str]
    expire_time: Mapped[datetime.datetime | None]
    __table_args__ = (
        Index("ix_share_record", "resource", "record_id"),
        Index("ix_share_user", "user_id", "resource"),
        Index("ix_share_team", "team_id", "resource"),
        CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="one_of_user_and_team"),
    )


class JobRow(OwnedRow, ChassisBase):
    """A job. Who runs it holds its advisory lock, so that one whose worker died goes on at once."""

    __tablename__ = "job"
    resource_name = "{service}.jobs"
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="QUEUED")
    validate_only: Mapped[bool] = mapped_column(default=False)
    # What was asked for, as protobuf.
    options: Mapped[bytes] = mapped_column(LargeBinary)
    # Rows done and their outcomes; written in the transaction that does the rows.
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_reason: Mapped[str] = mapped_column(default="")
    error_message: Mapped[str] = mapped_column(default="")
    # What whoever began it may do, as their token said; read anew while the job runs.
    caller: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Someone has asked for its end.
    cancelling: Mapped[bool] = mapped_column(default=False)
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    start_time: Mapped[datetime.datetime | None]
    end_time: Mapped[datetime.datetime | None]
    __table_args__ = (
        Index("ix_job_open", "create_time", postgresql_where="state IN ('QUEUED', 'RUNNING')"),
    )


class JobFileRow(ChassisBase):
    """A piece of the file that a job works on. Here, because workers may run on other machines."""

    __tablename__ = "job_file"
    job_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class JobFailureRow(ChassisBase):
    """A row that an import refused, and why."""

    __tablename__ = "job_failure"
    job_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    field: Mapped[str]
    message: Mapped[str]
    cells: Mapped[list[str]]


class MailRow(ChassisBase):
    """A mail that is to be sent. Deleted once the mail server has taken it."""

    __tablename__ = "mail"
    # Also its Message-ID, so that a mail that is sent twice is seen to be one.
    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    to_name: Mapped[str]
    to_address: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    # It is sent then at the earliest, and is of no use any more after the other.
    next_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now(), index=True)
    expire_time: Mapped[datetime.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
