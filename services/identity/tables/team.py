"""The tree of teams."""

from sqlalchemy import Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.identity.tables import Base


class TeamRow(ResourceRow, SearchableRow, Base):
    """A part of the organisation."""

    __tablename__ = "team"

    name: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    manager_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    region: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        # A deleted team gives its name free.
        Index("uq_team_name", "name", unique=True, postgresql_where="delete_time IS NULL"),
        Index("ix_team_name", "name", "id"),
        Index("ix_team_update_time", "update_time", "id"),
        *search_indexes("team"),
    )
