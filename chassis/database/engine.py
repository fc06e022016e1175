"""Engines and the settings that every connection has."""

from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


def make_engine(url: str, *, pool_size: int, direct: bool = False) -> Engine:
    """An engine for psycopg 3.

    `direct` connections hold session locks or run for long (relay, jobs, migrations); they must
    not go through PgBouncer and are not bound by the role's statement timeout.
    """
    options: dict[str, Any] = {
        # Server-side prepared statements do not survive PgBouncer's transaction mode.
        "prepare_threshold": None,
        "application_name": "wasl",
    }
    engine = create_engine(
        _with_driver(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        pool_pre_ping=True,
        connect_args=options,
        query_cache_size=2000,
    )
    if direct:
        event.listen(engine, "connect", _lift_limits)
    return engine


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database is gone for now, and nothing about the work."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (
            error.orig is not None and is_away(error.orig)
        )
    if not isinstance(error, psycopg.Error):
        return False
    state = error.sqlstate or ""
    # 08: connection; 57P: shutdown; 53: no room; 40: a deadlock, which goes away by itself.
    gone = state[:2] in ("08", "53", "40") or state.startswith("57P")
    return gone or (not state and isinstance(error, psycopg.OperationalError))


def _with_driver(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _lift_limits(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '60s'")
    cursor.close()
    connection.commit()
