"""What every table of Wasl has in common."""

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar

import uuid_utils
from sqlalchemy import DateTime, Index, Integer, MetaData, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

# Names that PostgreSQL reports back in errors, so that a violated constraint names its column.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# How Python types become columns. Times are UTC; ids are text in Python and UUID in PostgreSQL.
TYPES: dict[Any, Any] = {
    datetime.datetime: DateTime(timezone=True),
    str: Text(),
    dict[str, Any]: JSONB(),
    list[dict[str, Any]]: JSONB(),
    list[str]: JSONB(),
}


def new_metadata() -> MetaData:
    """The metadata of one database; each service has its own."""
    return MetaData(naming_convention=NAMING)


def new_id() -> str:
    """A UUIDv7: sorted by time, so that inserts go to the end of the index."""
    return str(uuid_utils.uuid7())


class ChassisBase(DeclarativeBase):
    """The base of the tables that the chassis brings to every service."""

    metadata = new_metadata()
    type_annotation_map = TYPES


class ResourceRow:
    """The columns of every resource: id, times and the version that is its etag."""

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True, default=new_id)
    create_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    update_time: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    delete_time: Mapped[datetime.datetime | None]
    version: Mapped[int] = mapped_column(Integer)
    # Who made the record. Record scope and the audit log will ask.
    creator_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """A write of a stale version updates no row, which SQLAlchemy reports as StaleDataError."""
        return {"version_id_col": cls.version}


class OwnedRow:
    """The columns of a table whose rows belong to somebody: record scope is about these.

    A class says what it holds: `resource_name` is such as `contacts.contacts`
    (`{service}` stands for the service); `inherits_from` names the columns through which a share of
    another record opens this one too, such as `company_id` -> `contacts.companies`.
    """

    resource_name: ClassVar[str]
    inherits_from: ClassVar[Mapping[str, str]] = {}

    owner_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)
    team_id: Mapped[str | None] = mapped_column(Uuid(as_uuid=False), index=True)


class SearchableRow:
    """The columns that search reads, kept beside the row and filled by the chassis."""

    # Normalised text of the searchable fields.
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    # Consonants in Latin letters, so that `Mohamed` finds `محمد`.
    search_key: Mapped[str] = mapped_column(Text, default="", server_default="")


def search_indexes(table: str) -> tuple[Index, Index]:
    """The trigram indexes of a searchable table, for its `__table_args__`."""
    return (
        Index(
            f"ix_{table}_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index(
            f"ix_{table}_search_key",
            "search_key",
            postgresql_using="gin",
            postgresql_ops={"search_key": "gin_trgm_ops"},
        ),
    )
