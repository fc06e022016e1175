"""Engines and the settings that every connection has."""

import select
from collections.abc import Callable
from time import perf_counter
from typing import Any

import orjson
import psycopg
from psycopg.types.string import TextLoader
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from chassis.database.traces import trace_statements
from chassis.rotation import urls
from chassis.telemetry.metrics import observe_connection_wait


def make_engine(url: str, *, pool_size: int, direct: bool = False, prepares: bool = True) -> Engine:
    """An engine for psycopg 3.

    A URL with several passwords (chassis.rotation) connects with whichever the server takes.
    `direct` connections hold session locks or run for long (relay, jobs, migrations); they must
    not go through PgBouncer and are not bound by the role's statement timeout. `prepares` keeps
    what is asked often as prepared statements, which a pooler may not pass on (ADR 0002).
    """
    options: dict[str, Any] = {
        "prepare_threshold": 3 if prepares else None,
        "application_name": "wasl",
    }
    choices = [_with_driver(one) for one in urls(url)]
    engine = create_engine(
        choices[0],
        poolclass=_MeasuredPool,
        # The name under which the metrics know it.
        pool_logging_name="work" if direct else "requests",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        connect_args=options,
        query_cache_size=2000,
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )
    if len(choices) > 1:
        event.listen(engine, "do_connect", _try_passwords(choices))
    event.listen(engine, "connect", _load_ids_as_text)
    event.listen(engine, "checkout", _refuse_closed)
    if direct:
        event.listen(engine, "connect", _lift_limits)
    trace_statements(engine)
    return engine


class _MeasuredPool(QueuePool):
    def _do_get(self) -> ConnectionPoolEntry:
        began = perf_counter()
        try:
            return super()._do_get()
        finally:
            observe_connection_wait(perf_counter() - began, pool=self.logging_name or "")


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database is gone for now, and nothing about the work."""
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_away(error.orig))
    if not isinstance(error, psycopg.Error):
        return False
    state = error.sqlstate or ""
    # 08: connection; 57P: shutdown; 53: no room; 40: a deadlock, 55P03: a lock, which go by.
    gone = state[:2] in ("08", "53", "40") or state.startswith("57P") or state == "55P03"
    return gone or (not state and isinstance(error, psycopg.OperationalError))


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _load_ids_as_text(connection: Any, _record: object) -> None:
    # An id goes out as text again; a UUID object in between would cost as much as the row.
    connection.adapters.register_loader("uuid", TextLoader)


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Takes a connection that the server has closed out of the pool (ADR 0001).

    An idle connection has nothing to read unless it was closed. Asking the socket costs a
    microsecond, where a ping costs a round trip, a tenth of a whole request.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


def _try_passwords(choices: list[str]) -> Callable[..., Any]:
    passwords = [make_url(choice).password for choice in choices]
    # The one that was good the last time comes first. Threads may disagree, and nothing is lost.
    good = passwords[:1]

    def connect(dialect: Dialect, _record: object, positional: Any, named: Any) -> Any:
        refused: psycopg.OperationalError | None = None
        for password in sorted(passwords, key=lambda one: one != good[0]):
            try:
                connection = dialect.connect(*positional, **(named | {"password": password}))
            except psycopg.OperationalError as error:
                # A refused connection has no code. When the server is away, the next try tells.
                refused = error
            else:
                good[0] = password
                return connection
        assert refused is not None
        raise refused

    return connect


def _with_driver(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _lift_limits(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '60s'")
    cursor.close()
    connection.commit()
