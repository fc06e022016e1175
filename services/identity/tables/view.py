"""Saved views of lists."""

from typing import Any

from sqlalchemy import Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.identity.tables import Base


class ViewRow(ResourceRow, SearchableRow, Base):
    """A filter, an order and columns under a name.

    No OwnedRow: who sees a view is what its owner says, not what a grant reaches.
    """

    __tablename__ = "view"

    name: Mapped[str]
    resource: Mapped[str] = mapped_column(index=True)
    audience: Mapped[str] = mapped_column(default="MINE")
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    owner_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    team_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)

    __table_args__ = (
        Index("ix_view_name", "name", "id"),
        Index("ix_view_update_time", "update_time", "id"),
        *search_indexes("view"),
    )
