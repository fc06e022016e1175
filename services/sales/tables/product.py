"""What we sell."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.sales.tables import Base


class ProductRow(ResourceRow, SearchableRow, Base):
    """A product."""

    __tablename__ = "product"

    name: Mapped[str]
    # NULL when there is none, so that only given codes are unique.
    code: Mapped[str | None]
    series: Mapped[str] = mapped_column(default="")
    list_price_amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
    list_price_currency: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="")
    discontinued: Mapped[bool] = mapped_column(default=False)
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        Index("uq_product_name", "name", unique=True, postgresql_where="delete_time IS NULL"),
        Index("uq_product_code", "code", unique=True, postgresql_where="delete_time IS NULL"),
        Index("ix_product_name", "name", "id"),
        Index("ix_product_update_time", "update_time", "id"),
        *search_indexes("product"),
    )
