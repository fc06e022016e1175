"""What people may do."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.identity.tables import Base


class RoleRow(ResourceRow, SearchableRow, Base):
    """A role: permissions with their scopes, and the groups of fields it does not show."""

    __tablename__ = "role"

    key: Mapped[str]
    # Words in the three languages.
    label: Mapped[dict[str, Any]] = mapped_column(default=dict)
    description: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # `{"permission": "contacts.*", "scope": "TEAM"}`
    grants: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    hidden_fields: Mapped[list[str]] = mapped_column(default=list)
    built_in: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        # A deleted role gives its key free.
        Index("uq_role_key", "key", unique=True, postgresql_where="delete_time IS NULL"),
        Index("ix_role_key", "key", "id"),
        Index("ix_role_update_time", "update_time", "id"),
        *search_indexes("role"),
    )
