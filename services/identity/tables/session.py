"""Browsers that are signed in, and how often somebody has tried."""

import datetime

from sqlalchemy import Index, LargeBinary, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import new_id
from services.identity.tables import Base


class SessionRow(Base):
    """A session. It is deleted when it ends, so that what is there is what counts."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    # SHA-256 of the token. It is random and long, so no slow hash is needed.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    method: Mapped[str]
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    # To the minute.
    last_use_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    # Where it was begun.
    address: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    # Of single sign-on: the provider, who the person is there, the session there, and the ID token
    # (sealed), which the provider wants to see again when the person signs out.
    provider_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    provider_subject: Mapped[str] = mapped_column(default="")
    provider_session: Mapped[str] = mapped_column(default="")
    id_token: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("uq_session_token_hash", "token_hash", unique=True),
        Index("ix_session_create_time", "create_time"),
        Index("ix_session_provider", "provider_id", "provider_subject"),
    )


class AttemptRow(Base):
    """How often something that can be guessed was tried within a window of time."""

    __tablename__ = "attempt"

    # What is counted and for whom, hashed: an account at an address, an account, an address.
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    count: Mapped[int]
    window_end: Mapped[datetime.datetime] = mapped_column(index=True)


class KnownAddressRow(Base):
    """An address from which a person has signed in."""

    __tablename__ = "known_address"

    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    # Hashed with a key.
    address_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    last_time: Mapped[datetime.datetime] = mapped_column(index=True)
