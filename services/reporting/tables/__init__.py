"""The tables of reporting: facts with their history, filled by events only."""

from sqlalchemy.orm import DeclarativeBase

from chassis.database.base import TYPES, new_metadata


class Base(DeclarativeBase):
    """The base of reporting's tables."""

    metadata = new_metadata()
    type_annotation_map = TYPES
