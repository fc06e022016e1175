"""The ways of deals."""

from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database.base import ResourceRow, SearchableRow, search_indexes
from services.sales.tables import Base


class PipelineRow(ResourceRow, SearchableRow, Base):
    """A pipeline with its stages, in their order: `id`, `name`, `kind`, `probability`."""

    __tablename__ = "pipeline"

    name: Mapped[str]
    stages: Mapped[list[dict[str, Any]]] = mapped_column(default=list)

    __table_args__ = (
        Index("uq_pipeline_name", "name", unique=True, postgresql_where="delete_time IS NULL"),
        Index("ix_pipeline_name", "name", "id"),
        Index("ix_pipeline_update_time", "update_time", "id"),
        *search_indexes("pipeline"),
    )
