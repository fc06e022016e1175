"""The unit of work: one RPC or one batch of messages is one transaction, and only this commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from chassis.database import scope_events  # noqa: F401 - every session has record scope
from chassis.database.scope import Access, work_for
from chassis.events.outbox import store_recorded_events
from chassis.telemetry.tracing import child_span


@contextmanager
def reading(engine: Engine, *, access: Access | None = None) -> Iterator[Session]:
    """A session for reads only: each statement by itself, without BEGIN and COMMIT round trips.

    `access` is on whose behalf; without it Wasl itself works, which sees every record.
    """
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        with Session(connection, autoflush=False, expire_on_commit=False) as session:
            work_for(session, access)
            yield session


@contextmanager
def unit_of_work(
    engine: Engine, *, access: Access | None = None, dry_run: bool = False
) -> Iterator[Session]:
    """A session whose changes and recorded events are committed together, or not at all.

    `access` is on whose behalf; without it Wasl itself works, which sees every record. `dry_run`
    does all but commit: constraints are checked, nothing stays.
    """
    with Session(engine, autoflush=False, expire_on_commit=False) as session:
        work_for(session, access)
        try:
            yield session
            session.flush()
            if dry_run:
                session.rollback()
                return
            store_recorded_events(session)
            with child_span("COMMIT", kind="CLIENT"):
                session.commit()
        except BaseException:
            session.rollback()
            raise


def take_turns(session: Session, what: str) -> None:
    """Waits until no other transaction is at the same thing; it is ours until we commit.

    For rules about more than one row, which two writers could break together, each seeing only what
    was before.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))
