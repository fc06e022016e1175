"""Deals as they are and as they were."""
# name: escaped, because it is named after the resource of sales that it is about

import datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import Index, Numeric, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import OwnedRow
from services.reporting.tables import Base
from services.reporting.tables.history import HistoryRow


class OpportunityFact(HistoryRow, OwnedRow, Base):
    """A version of a deal. Who may see the deal in sales may count it here."""

    __tablename__ = "opportunity_fact"
    resource_name = "sales.opportunities"
    inherits_from: ClassVar[dict[str, str]] = {"company_id": "contacts.companies"}

    # OPEN, WON or LOST.
    state: Mapped[str]
    # A deleted deal counts nowhere.
    deleted: Mapped[bool]
    pipeline_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    # NULL for the time before a deal arrived closed: nobody has told in which stage it was.
    stage_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    company_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    # The product of a deal that has one; those of a deal with several are in their own table.
    product_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    several_products: Mapped[bool]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
    currency: Mapped[str | None]
    engage_date: Mapped[datetime.date | None]
    close_date: Mapped[datetime.date | None]
    source: Mapped[str]
    create_time: Mapped[datetime.datetime]

    __table_args__ = (
        # What reports of the present read, and mostly nothing else of the table.
        Index(
            "ix_opportunity_fact_current",
            "state",
            postgresql_include=[
                "stage_id",
                "currency",
                "amount",
                "engage_date",
                "close_date",
                "owner_id",
                "team_id",
                "id",
                "company_id",
                "product_id",
                "several_products",
            ],
            postgresql_where="valid_to IS NULL AND NOT deleted",
        ),
        Index(
            "ix_opportunity_fact_several_products",
            "id",
            "version",
            postgresql_where="several_products",
        ),
    )


class OpportunityProductFact(Base):
    """What a product brings to a version of a deal that has several. Adds up to its amount."""

    __tablename__ = "opportunity_product_fact"

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
