"""How far the read model has come."""
# name: escaped, because it is about how far we have come, not about one resource

import datetime

from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.reporting.tables import Base


class Applied(Base):
    """What a queue's events have come to. Who applies a batch locks its row first.

    `stamp` is a random id, new with every batch and in its transaction. All stamps together name a
    state of the read model: no other state has the same ones, not even after a rebuild, in another
    database or in one that came back from a backup, where a counter would begin again.
    """

    __tablename__ = "applied"

    queue: Mapped[str] = mapped_column(primary_key=True)
    stamp: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    # The time of the newest change so far.
    data_time: Mapped[datetime.datetime]


class Purged(Base):
    """What is gone for good, so that an older event that comes late does not bring it back."""

    __tablename__ = "purged"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
