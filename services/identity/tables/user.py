"""People who work with Wasl."""

from sqlalchemy import Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.identity.tables import Base


class UserRow(ResourceRow, SearchableRow, Base):
    """A person. The table is not called `user`, which SQL keeps for itself."""

    __tablename__ = "person"

    # Lower case, so that it is unique whatever people type.
    email: Mapped[str]
    display_name: Mapped[str]
    role: Mapped[str] = mapped_column(default="MEMBER")
    team_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    # argon2id; empty for people who cannot sign in with a password.
    password_hash: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("uq_person_email", "email", unique=True),
        Index("ix_person_display_name", "display_name", "id"),
        Index("ix_person_update_time", "update_time", "id"),
        *search_indexes("person"),
    )
