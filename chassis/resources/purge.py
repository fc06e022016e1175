"""Housekeeping: deleted records go for good, and what only served for a while goes too."""

import datetime
import logging
import threading

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from chassis.database.session import unit_of_work
from chassis.database.tables import IdempotencyRow, InboxRow
from chassis.events.catch_up import CAUGHT_UP
from chassis.resources.changes import announce_all
from chassis.resources.mapping import column
from chassis.resources.resource import Resource
from chassis.resources.standard import now
from chassis.service import Runtime

LOG = logging.getLogger(__name__)
_BATCH = 500
_HOUR = 3600
# A message may come again as long as its queue or its dead letters keep it; a month is generous.
INBOX_DAYS = 31
IDEMPOTENCY_HOURS = 24


def purge(runtime: Runtime) -> int:
    """Removes what was deleted longer ago than the settings say. Returns how many records."""
    before = now() - datetime.timedelta(days=runtime.settings.purge_after_days)
    count = sum(_purge(resource, runtime, before) for resource in runtime.service.by_name.values())
    with unit_of_work(runtime.direct_engine) as session:
        oldest = now() - datetime.timedelta(days=INBOX_DAYS)
        session.execute(
            delete(InboxRow).where(InboxRow.create_time < oldest, InboxRow.event_id != CAUGHT_UP)
        )
        oldest = now() - datetime.timedelta(hours=IDEMPOTENCY_HOURS)
        session.execute(delete(IdempotencyRow).where(IdempotencyRow.create_time < oldest))
        if runtime.service.clean is not None:
            runtime.service.clean(session)
    return count


def _purge(resource: Resource, runtime: Runtime, before: datetime.datetime) -> int:
    count = 0
    while True:
        with unit_of_work(runtime.direct_engine) as session:
            purged = _purge_batch(session, resource, before, service=runtime.name)
        count += purged
        if purged < _BATCH:
            return count


def _purge_batch(
    session: Session, resource: Resource, before: datetime.datetime, *, service: str
) -> int:
    rows = session.execute(
        select(*resource.mapping.selected)
        .where(column(resource.table, "delete_time") < before)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    messages = [resource.mapping.from_columns(row) for row in rows]
    ids = [message.id for message in messages]
    session.execute(delete(resource.table).where(column(resource.table, "id").in_(ids)))
    announce_all(
        session,
        resource,
        "Purged",
        service=service,
        pairs=((message, None) for message in messages),
    )
    return len(messages)


class Housekeeper:
    """Purges once an hour until it is stopped."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begins; the first purge is an hour away, so that restarts cost nothing."""
        self._thread.start()

    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends at once."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(_HOUR):
            try:
                purge(self._runtime)
            except DBAPIError:
                LOG.warning("the database is away; housekeeping waits")
