"""The tables of sales."""

from sqlalchemy.orm import DeclarativeBase

from chassis.database.base import TYPES, new_metadata


class Base(DeclarativeBase):
    """The base of sales' tables."""

    metadata = new_metadata()
    type_annotation_map = TYPES
