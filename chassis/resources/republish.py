"""Republish: the current state of every record as snapshot events, for whoever rebuilds."""

from sqlalchemy import select

from chassis.database.session import unit_of_work
from chassis.events.outbox import BATCH
from chassis.resources.changes import announce_all
from chassis.resources.mapping import column
from chassis.resources.resource import Resource
from chassis.resources.shares import SHARES
from chassis.service import Runtime


def republish(runtime: Runtime) -> int:
    """Sends every record through the outbox again, deleted ones too. Returns how many.

    Page by page, each page in its own transaction: a record that changes meanwhile announces that
    itself, and its version tells consumers which is newer.
    """
    told = (*runtime.service.resources, SHARES)
    return sum(_republish(resource, runtime) for resource in told)


def _republish(resource: Resource, runtime: Runtime) -> int:
    id_ = column(resource.table, "id")
    count, after = 0, ""
    while True:
        with unit_of_work(runtime.direct_engine) as session:
            statement = select(*resource.mapping.selected).order_by(id_).limit(BATCH)
            if after:
                statement = statement.where(id_ > after)
            # A lock that updates wait for: a snapshot never overtakes the change before it.
            rows = session.execute(statement.with_for_update(read=True)).all()
            if not rows:
                return count
            messages = [resource.mapping.from_columns(row) for row in rows]
            pairs = ((message, None) for message in messages)
            announce_all(session, resource, "Snapshotted", service=runtime.name, pairs=pairs)
        count += len(messages)
        after = messages[-1].id
