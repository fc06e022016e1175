"""Organisations."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Numeric, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import OwnedRow, ResourceRow, SearchableRow, search_indexes
from services.contacts.tables import Base


class CompanyRow(ResourceRow, OwnedRow, SearchableRow, Base):
    """An organisation we deal with."""

    __tablename__ = "company"
    resource_name = "contacts.companies"

    name: Mapped[str]
    legal_name: Mapped[str] = mapped_column(default="")
    industry: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    revenue_amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
    revenue_currency: Mapped[str | None]
    employees: Mapped[int] = mapped_column(default=0)
    founded_year: Mapped[int] = mapped_column(default=0)
    emails: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    phones: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    addresses: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    parent_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    tags: Mapped[list[str]] = mapped_column(default=list)
    notes: Mapped[str] = mapped_column(default="")
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    office_location: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        Index("ix_company_name", "name", "id"),
        Index("ix_company_update_time", "update_time", "id"),
        *search_indexes("company"),
    )
