"""Keeping account of what has been applied, and of what is gone for good."""
# name: escaped, because it is about how far we have come, not about one resource

import datetime
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.reporting.rules.history import given
from services.reporting.tables.applied import Applied, Purged


def advance(session: Session, queue: str, *, data_time: datetime.datetime) -> None:
    """Gives the read model a new stamp, and makes other batches of the queue wait for this one.

    Comes first in a batch: histories are laid out from all versions that are there, so two
    processes must not lay out the same one at the same time.
    """
    # The role's second is too short: the batch of the other process may bring 50,000 changes.
    session.execute(select(func.set_config("lock_timeout", "60s", True)))
    row = insert(Applied).values(queue=queue, stamp=str(uuid.uuid4()), data_time=data_time)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Applied.queue],
            set_={
                "stamp": row.excluded.stamp,
                "data_time": func.greatest(Applied.data_time, row.excluded.data_time),
            },
        )
    )


def purged_among(session: Session, ids: Iterable[str]) -> set[str]:
    """Those of some ids that are gone for good."""
    asked = given(Purged, {"id"}, [{"id": id_} for id_ in ids])
    return set(session.scalars(select(Purged.id).where(Purged.id.in_(select(asked.c.id)))))


def forget(
    session: Session, ids: Iterable[str], columns: Sequence[InstrumentedAttribute[str]]
) -> None:
    """Removes for good what some ids stand for: the rows that have one in one of the columns."""
    rows = [{"id": id_} for id_ in sorted(ids)]
    session.execute(insert(Purged).values(rows).on_conflict_do_nothing())
    for column in columns:
        asked = given(Purged, {"id"}, rows)
        # scope: escaped, because a read model belongs to nobody
        session.execute(
            delete(column.class_).where(column.in_(select(asked.c.id))),
            execution_options={"synchronize_session": False},
        )
