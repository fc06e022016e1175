"""What deals are grouped by, as it is and as it was."""

from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.reporting.tables import Base
from services.reporting.tables.history import HistoryRow


class UserFact(HistoryRow, Base):
    """A version of a person who owns deals."""

    __tablename__ = "user_fact"

    name: Mapped[str]
    email: Mapped[str]
    team_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))


class TeamFact(HistoryRow, Base):
    """A version of a team."""

    __tablename__ = "team_fact"

    name: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    manager_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    # Empty where the region of the team above counts.
    region: Mapped[str]


class ProductFact(HistoryRow, Base):
    """A version of a product."""

    __tablename__ = "product_fact"

    name: Mapped[str]
    series: Mapped[str]


class StageFact(HistoryRow, Base):
    """A stage in a version of its pipeline; `version` is the pipeline's."""

    __tablename__ = "stage_fact"

    name: Mapped[str]
    # OPEN, WON or LOST.
    kind: Mapped[str]
    # From 0, in the pipeline.
    position: Mapped[int]
    pipeline_id: Mapped[str] = mapped_column(Uuid(as_uuid=False), index=True)
    pipeline_name: Mapped[str]


class CompanyFact(HistoryRow, Base):
    """A version of an organisation."""

    __tablename__ = "company_fact"

    name: Mapped[str]
