"""The relay: takes events from the outbox to the broker. One per service is active."""

import logging
import threading
import time

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.exc import DBAPIError

from chassis.database.tables import OutboxRow
from chassis.events.broker import Broker, Message
from chassis.events.envelope import CONTENT_TYPE, changes_in, cloud_event_headers
from chassis.events.topology import EVENTS, publisher_queues
from chassis.service import Runtime
from chassis.telemetry.metrics import count_event, set_database_connected, set_outbox, set_relay
from chassis.telemetry.tracing import OpenSpan, begin_span

LOG = logging.getLogger(__name__)
# "relay" in ASCII. A standby waits for it.
LOCK = 0x72656C6179
BATCH = 500
_SHORTEST, _LONGEST = 0.02, 0.25
_STANDBY_PAUSE = 5.0


class Relay:
    """Publishes the outbox until it is stopped."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._broker = Broker(
            runtime.settings.broker_url, name=f"{runtime.name} relay", queues=publisher_queues()
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._counted = 0.0

    def start(self) -> None:
        """Begins to publish."""
        self._broker.start()
        self._thread.start()

    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends after the batch at hand."""
        self._stopping.set()
        self._thread.join(timeout=20)
        self._broker.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._runtime.direct_engine.connect() as connection:
                    connection.execution_options(isolation_level="AUTOCOMMIT")
                    mine = connection.scalar(select(func.pg_try_advisory_lock(LOCK)))
                    set_database_connected(True)
                    set_relay(active=bool(mine))
                    if mine:
                        try:
                            self._publish_until_stopped(connection)
                        finally:
                            set_relay(active=False)
                            # Back in the pool it would hold the lock against us and any standby.
                            connection.invalidate()
                    else:
                        self._stopping.wait(_STANDBY_PAUSE)
            except DBAPIError:
                set_database_connected(False)
                LOG.warning("the database is away; the relay waits")
                self._stopping.wait(1)
            except Exception:
                LOG.exception("the relay stumbled; it goes on")
                self._stopping.wait(1)

    def _publish_until_stopped(self, connection: Connection) -> None:
        pause = _SHORTEST
        while not self._stopping.is_set():
            self._measure(connection)
            if not self._broker.wait_until_ready(1):
                continue
            published = publish_batch(connection, self._broker)
            if published == BATCH:
                continue
            # Adaptive: 50 times a second while there is work, so that events go out by the dozen
            # and not each on its own, and four times a second when idle.
            pause = _SHORTEST if published else min(pause * 1.5, _LONGEST)
            self._stopping.wait(pause)

    def _measure(self, connection: Connection) -> None:
        if time.monotonic() - self._counted < 2:
            return
        self._counted = time.monotonic()
        pending, age = connection.execute(
            text(
                "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - "
                "min(create_time)), 0) FROM outbox"
            )
        ).one()
        set_outbox(pending=pending, oldest_age=float(age))


def publish_batch(connection: Connection, broker: Broker) -> int:
    """Publishes up to 500 events and deletes what the broker confirmed. Returns how many."""
    rows = connection.execute(
        select(
            OutboxRow.sequence,
            OutboxRow.event_id,
            OutboxRow.key,
            OutboxRow.body,
            OutboxRow.traceparent,
            OutboxRow.audit,
            OutboxRow.create_time,
        )
        .order_by(OutboxRow.sequence)
        .limit(BATCH)
    ).all()
    if not rows:
        return 0
    spans = [_begin_span(row.key, row.event_id, row.traceparent) for row in rows]
    confirmed = broker.publish(
        [
            Message(
                exchange=EVENTS,
                key=row.key,
                body=row.body,
                message_id=row.event_id,
                content_type=CONTENT_TYPE,
                headers=cloud_event_headers(
                    row.event_id,
                    key=row.key,
                    time=row.create_time,
                    traceparent=span.traceparent if span is not None else row.traceparent,
                    audit=row.audit or "",
                ),
            )
            for row, span in zip(rows, spans, strict=True)
        ]
    )
    for span, sure in zip(spans, confirmed, strict=True):
        if span is not None:
            span.end(error="" if sure else "unconfirmed")
    done = [row.sequence for row, sure in zip(rows, confirmed, strict=True) if sure]
    if done:
        connection.execute(delete(OutboxRow).where(OutboxRow.sequence.in_(done)))
    for row, sure in zip(rows, confirmed, strict=True):
        if sure:
            count_event(row.key, changes=changes_in(row.body))
    return len(done)


def _begin_span(key: str, event_id: str, traceparent: str) -> OpenSpan | None:
    return begin_span(
        lambda: f"publish {key}",
        kind="PRODUCER",
        # Outside of any trace it is empty, which is none.
        traceparent=traceparent,
        attributes=lambda: {
            "messaging.system": "rabbitmq",
            "messaging.destination.name": EVENTS,
            "messaging.message.id": event_id,
        },
    )
