"""Credentials for programs."""

import datetime

from sqlalchemy import Index, LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow
from services.identity.tables import Base


class ApiKeyRow(ResourceRow, Base):
    """An API key. Its secret is not kept, only what proves it."""

    __tablename__ = "api_key"

    display_name: Mapped[str]
    user_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    # Roles that narrow it; empty: all that its user may.
    role_ids: Mapped[list[str]] = mapped_column(default=list)
    expire_time: Mapped[datetime.datetime | None]
    last_use_time: Mapped[datetime.datetime | None]
    # The middle part of the key, by which it is found.
    public_id: Mapped[str]
    # SHA-256 of the whole key. It is random and long, so no slow hash is needed.
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("uq_api_key_public_id", "public_id", unique=True),
        Index("ix_api_key_update_time", "update_time", "id"),
    )
