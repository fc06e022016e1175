"""People."""

from typing import Any, ClassVar

from sqlalchemy import Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import OwnedRow, ResourceRow, SearchableRow, search_indexes
from services.contacts.tables import Base


class ContactRow(ResourceRow, OwnedRow, SearchableRow, Base):
    """A person we deal with."""

    __tablename__ = "contact"
    resource_name = "contacts.contacts"
    inherits_from: ClassVar[dict[str, str]] = {"company_id": "contacts.companies"}

    display_name: Mapped[str]
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    honorific: Mapped[str] = mapped_column(default="")
    job_title: Mapped[str] = mapped_column(default="")
    company_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    emails: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    phones: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    addresses: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    lifecycle_stage: Mapped[str] = mapped_column(default="")
    preferred_language: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    notes: Mapped[str] = mapped_column(default="")
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The first e-mail address in lower case: what imports know a person by.
    primary_email: Mapped[str | None]

    __table_args__ = (
        Index("ix_contact_display_name", "display_name", "id"),
        Index("ix_contact_update_time", "update_time", "id"),
        Index("ix_contact_primary_email", "primary_email"),
        *search_indexes("contact"),
    )
