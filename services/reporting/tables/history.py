"""What every table with a history has in common: who is meant, which version, and when it held."""
# name: escaped, because every fact has these columns

import datetime
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

# Earlier than anything: the first known version of a name or a team holds since then.
BEGINNING = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)


class HistoryRow:
    """One version of something, from `valid_from` until just before `valid_to`.

    Versions of one thing never overlap. A version that was never seen to hold, because a later one
    reaches back before it, has a `valid_to` at or before its `valid_from`.
    """

    id: Mapped[str] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # 0 is what the version says. Higher ones are what it tells about the time before it.
    part: Mapped[int] = mapped_column(primary_key=True, default=0)
    valid_from: Mapped[datetime.datetime]
    # NULL while it holds.
    valid_to: Mapped[datetime.datetime | None]
    # When the version came to be.
    update_time: Mapped[datetime.datetime]


# any: escaped, because SQLAlchemy's columns and tables are generic
def holds(table: type[HistoryRow] | Any, as_of: datetime.date | None) -> ColumnElement[bool]:
    """Whether a row holds now, or at the end of a day in UTC."""
    if as_of is None:
        current: ColumnElement[bool] = table.valid_to.is_(None)
        return current
    # The last day of the calendar has no midnight after it; nothing is later than now either.
    if as_of == datetime.date.max:
        return holds(table, None)
    midnight = datetime.datetime.combine(
        as_of + datetime.timedelta(days=1), datetime.time(), datetime.UTC
    )
    return and_(
        table.valid_from < midnight, or_(table.valid_to.is_(None), table.valid_to >= midnight)
    )
