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
    team_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    more_team_ids: Mapped[list[str]] = mapped_column(default=list)
    role_ids: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default="INVITED")
    locale: Mapped[str] = mapped_column(default="en")
    calendar: Mapped[str] = mapped_column(default="")
    digits: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    first_day_of_week: Mapped[str] = mapped_column(default="")
    weekend: Mapped[list[str]] = mapped_column(default=list)
    # Whether signing in takes a second factor.
    second_factor: Mapped[bool] = mapped_column(default=False)
    # argon2id; empty for people who cannot sign in with a password.
    password_hash: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("uq_person_email", "email", unique=True),
        Index("ix_person_display_name", "display_name", "id"),
        Index("ix_person_update_time", "update_time", "id"),
        # Who has a role, who is in a team.
        Index("ix_person_role_ids", "role_ids", postgresql_using="gin"),
        Index("ix_person_more_team_ids", "more_team_ids", postgresql_using="gin"),
        *search_indexes("person"),
    )
