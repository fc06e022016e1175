"""Rebuild: a read model is emptied and filled again from what the services announce.

Nothing that arrives meanwhile is lost: the listeners' queues go on collecting while the tables are
emptied, and versions tell which of two accounts of a record is the newer.
"""

from sqlalchemy import delete, text

from chassis.database.session import unit_of_work
from chassis.database.tables import InboxRow
from chassis.events.catch_up import CAUGHT_UP
from chassis.service import Runtime


def empty_read_model(runtime: Runtime) -> None:
    """Empties the tables that only events fill. The services' `republish` fills them again."""
    with unit_of_work(runtime.direct_engine) as session:
        # The role's second is over before a batch at hand, or the autovacuum of a large table, is.
        session.execute(text("SET LOCAL lock_timeout = '60s'"))
        # Consumers of this service wait at the lock until the tables are empty.
        for table in runtime.service.read_model:
            session.execute(text(f'LOCK TABLE "{table.__tablename__}" IN ACCESS EXCLUSIVE MODE'))
        for table in runtime.service.read_model:
            session.execute(delete(table))
        session.execute(delete(InboxRow).where(InboxRow.event_id != CAUGHT_UP))
