"""Deals on their way."""

import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Date, Index, Numeric, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import OwnedRow, ResourceRow, SearchableRow, search_indexes
from services.sales.tables import Base


class OpportunityRow(ResourceRow, OwnedRow, SearchableRow, Base):
    """A deal. Its state follows from its stage, and is kept beside it for filters and indexes."""

    __tablename__ = "opportunity"
    resource_name = "sales.opportunities"
    inherits_from: ClassVar[dict[str, str]] = {"company_id": "contacts.companies"}

    name: Mapped[str]
    # NULL when there is none, so that only given ones are unique.
    external_id: Mapped[str | None]
    pipeline_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    stage_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    state: Mapped[str]
    amount_amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
    amount_currency: Mapped[str | None]
    company_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    contact_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    product_lines: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    engage_date: Mapped[datetime.date | None] = mapped_column(Date)
    close_date: Mapped[datetime.date | None] = mapped_column(Date)
    lost_reason: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    notes: Mapped[str] = mapped_column(default="")
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        Index(
            "uq_opportunity_external_id",
            "external_id",
            unique=True,
            postgresql_where="delete_time IS NULL",
        ),
        CheckConstraint("state IN ('OPEN', 'WON', 'LOST')", name="state"),
        # A closed deal has the day it was closed.
        CheckConstraint("state = 'OPEN' OR close_date IS NOT NULL", name="closed_has_date"),
        Index("ix_opportunity_name", "name", "id"),
        Index("ix_opportunity_close_date", "close_date", "id"),
        Index("ix_opportunity_amount", "amount_amount", "id"),
        Index("ix_opportunity_update_time", "update_time", "id"),
        *search_indexes("opportunity"),
    )
