"""The consumer: each event has its effect in our database once, whatever is delivered how often.

Deliveries are taken together as they come, up to 200, and applied in one transaction with their
inbox rows. When that fails the batch is halved until the bad one stands alone and harms no other:
it goes up the retry ladder, and after six attempts, or at once when no retry can help, to the dead
letters.
"""

import datetime
import logging
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pika.channel import Channel
from protobuf import Message as ProtoMessage
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.engine import is_away
from chassis.database.session import unit_of_work
from chassis.database.tables import InboxRow
from chassis.events.broker import Broker, Message
from chassis.events.catch_up import Told, knows_the_past, note_the_past_is_known, read_the_feed
from chassis.events.envelope import AUDIT, CONTENT_TYPE, TRACE, Event, event_classes, find_class
from chassis.events.listener import Listener, PermanentError, keep_settings
from chassis.events.topology import (
    DEAD,
    MAX_ATTEMPTS,
    dead_letter_queue,
    listener_queues,
    publisher_queues,
    retry_exchange,
)
from chassis.service import Runtime
from chassis.telemetry.metrics import (
    count_message,
    observe_event_age,
    set_dead_letters,
    set_waiting,
)
from chassis.telemetry.tracing import Attributes, begin_span, server_span

LOG = logging.getLogger(__name__)
PREFETCH = 500
BATCH = 200
# Seconds that a first message waits for others to share its transaction.
_LINGER = 0.02
# Seconds between two looks at the dead letters.
_COUNT_SECONDS = 10.0
ATTEMPTS = "wasl-attempts"
REASON = "wasl-reason"


@dataclass(frozen=True)
class Delivery:
    """A message as it came: on which channel, under which tag."""

    channel: Channel
    tag: int
    headers: dict[str, Any]
    message_id: str
    body: bytes

    @property
    def attempts(self) -> int:
        """How many attempts have failed before this one."""
        return int(self.headers.get(ATTEMPTS, 0))


class Consumer:
    """Feeds one listener from its queue until it is stopped."""

    # Off only in the test that proves the inbox is needed.
    use_inbox = True

    def __init__(self, listener: Listener, runtime: Runtime) -> None:
        self._listener = listener
        self._runtime = runtime
        self._classes = event_classes(listener.events)
        self._deliveries: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._broker = Broker(
            runtime.settings.broker_url,
            name=listener.queue,
            queues=[*publisher_queues(), *listener_queues(listener.queue, listener.keys)],
            on_ready=self._consume,
        )
        self._thread = threading.Thread(target=self._run, name=listener.queue, daemon=True)

    def start(self) -> None:
        """Begins to consume."""
        self._broker.start()
        self._thread.start()

    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ends after the batch at hand; what is not acked is delivered again."""
        self._stopping.set()
        self._thread.join(timeout=20)
        self._broker.close()

    def _consume(self, channel: Channel) -> None:
        channel.basic_qos(prefetch_count=PREFETCH)

        def arrived(_channel: Channel, method: Any, properties: Any, body: bytes) -> None:
            self._deliveries.put(
                Delivery(
                    channel,
                    method.delivery_tag,
                    dict(properties.headers or {}),
                    properties.message_id or "",
                    body,
                )
            )

        channel.basic_consume(self._listener.queue, arrived)

    def _run(self) -> None:
        self._catch_up()
        counted = 0.0
        while not self._stopping.is_set():
            batch = self._take()
            if batch:
                self._work(batch)
            if time.monotonic() - counted > _COUNT_SECONDS:
                counted = time.monotonic()
                self._broker.call(self._count_what_lies)

    def _count_what_lies(self, channel: Channel) -> None:
        name = self._listener.queue

        def waiting(frame: Any) -> None:
            set_waiting(frame.method.message_count, queue=name)

        def dead(frame: Any) -> None:
            set_dead_letters(frame.method.message_count, queue=name)

        channel.queue_declare(name, passive=True, callback=waiting)
        channel.queue_declare(dead_letter_queue(name), passive=True, callback=dead)

    def _catch_up(self) -> None:
        while not self._stopping.is_set():
            try:
                with unit_of_work(self._runtime.direct_engine) as session:
                    if knows_the_past(session, self._listener):
                        return
                # The queue must be there first, so that nothing falls between it and the feed.
                if not self._broker.wait_until_ready(1):
                    continue
                url = self._runtime.settings.broker_url
                read_the_feed(url, self._listener, self._apply_told)
                with unit_of_work(self._runtime.direct_engine) as session:
                    note_the_past_is_known(session, self._listener)
                return
            except Exception:
                LOG.exception("%s could not read the feed; it tries again", self._listener.queue)
                self._stopping.wait(1)

    def _apply_told(self, told: list[Told]) -> None:
        try:
            self._apply([self._read(*parts) for parts in told])
        except Exception as error:
            if is_away(error):
                raise
            if len(told) > 1:
                for parts in told:
                    self._apply_told([parts])
                return
            # A retry would find the same; the letter can be replayed once the cause is mended.
            headers, message_id, body = told[0]
            letter = self._copy(DEAD, headers, message_id, body, error)
            if self._broker.publish([letter]) != [True]:
                # Read again from the beginning, rather than lost.
                raise
            LOG.warning("event %s of the feed is given up", message_id, exc_info=error)

    def note(self, told: list[Told]) -> None:
        """Applies what the feed tells, once; what cannot be read is logged and left out."""
        events = []
        for parts in told:
            try:
                events.append(self._read(*parts))
            except PermanentError as error:
                LOG.warning("event %s of the feed is left out: %s", parts[1], error)
        self._apply(events)

    def _take(self) -> list[Delivery]:
        try:
            batch = [self._deliveries.get(timeout=0.2)]
        except queue.Empty:
            return []
        if self._deliveries.empty():
            self._stopping.wait(_LINGER)
        while len(batch) < BATCH:
            try:
                batch.append(self._deliveries.get_nowait())
            except queue.Empty:
                break
        # What came over a connection that is gone will be delivered again.
        return [delivery for delivery in batch if delivery.channel.is_open]

    def _work(self, batch: Sequence[Delivery]) -> None:
        readable: list[tuple[Delivery, Event]] = []
        unwanted: list[Delivery] = []
        for delivery in batch:
            if not self._listener.wants(delivery.headers):
                unwanted.append(delivery)
                continue
            try:
                event = self._read(delivery.headers, delivery.message_id, delivery.body)
                readable.append((delivery, event))
            except PermanentError as error:
                self._give_up_or_retry(delivery, error)
        if unwanted:
            self._ack(unwanted)
        if readable:
            self._apply_or_split(readable)

    def _apply_or_split(self, batch: list[tuple[Delivery, Event]]) -> None:
        while not self._stopping.is_set():
            try:
                self._apply([event for _, event in batch])
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
                if is_away(error):
                    # Not the messages' fault, so it costs no attempt.
                    LOG.warning("the database is away; %s waits", self._listener.queue)
                    self._stopping.wait(1)
                    continue
                if len(batch) == 1:
                    self._give_up_or_retry(batch[0][0], error)
                else:
                    middle = len(batch) // 2
                    self._apply_or_split(batch[:middle])
                    self._apply_or_split(batch[middle:])
                return
            self._ack([delivery for delivery, _ in batch])
            return

    def _apply(self, events: Sequence[Event]) -> None:
        with (
            spans_of(events, queue=self._listener.queue),
            unit_of_work(self._runtime.direct_engine) as session,
        ):
            fresh = self._unseen(session, events) if self.use_inbox else list(events)
            if fresh:
                keep_settings(session, self._runtime.settings)
                self._listener.handle(session, fresh)
        now = time.time()
        for event in fresh:
            observe_event_age(max(now - event.time.timestamp(), 0), queue=self._listener.queue)
            count_message(self._listener.queue, outcome="done")
        for _ in range(len(events) - len(fresh)):
            count_message(self._listener.queue, outcome="duplicate")

    def _unseen(self, session: Session, events: Sequence[Event]) -> list[Event]:
        by_id = {event.id: event for event in events}
        rows = [{"consumer": self._listener.queue, "event_id": id_} for id_ in by_id]
        new = session.scalars(
            insert(InboxRow).values(rows).on_conflict_do_nothing().returning(InboxRow.event_id)
        )
        seen_now = set(new)
        return [event for id_, event in by_id.items() if id_ in seen_now]

    def _read(self, headers: Mapping[str, Any], message_id: str, body: bytes) -> Event:
        key = str(headers.get("cloudEvents:type", ""))
        kind: type[ProtoMessage] | None = find_class(self._classes, key)
        if kind is None:
            raise PermanentError(f"no event is called {key!r}")
        try:
            return Event(
                id=str(uuid.UUID(message_id)),
                key=key,
                time=datetime.datetime.fromisoformat(str(headers["cloudEvents:time"])),
                body=kind.from_binary(body),
                audit=str(headers.get(AUDIT, "")),
                traceparent=str(headers.get(TRACE, "")),
            )
        except (ValueError, KeyError) as error:
            raise PermanentError(f"the event cannot be read: {error}") from error

    def _give_up_or_retry(self, delivery: Delivery, error: Exception) -> None:
        attempts = delivery.attempts + 1
        dead = isinstance(error, PermanentError) or attempts >= MAX_ATTEMPTS
        LOG.warning(
            "event %s",
            "given up" if dead else "will be tried again",
            exc_info=error,
            extra={"queue": self._listener.queue, "event": delivery.message_id},
        )
        exchange = DEAD if dead else retry_exchange(attempts)
        headers = delivery.headers | {ATTEMPTS: attempts}
        copy = self._copy(exchange, headers, delivery.message_id, delivery.body, error)
        # Acked only once the copy is safe; else the broker delivers the message again.
        if self._broker.publish([copy]) == [True]:
            count_message(self._listener.queue, outcome="dead" if dead else "retried")
            self._ack([delivery])

    def _copy(
        self,
        exchange: str,
        headers: dict[str, Any],
        message_id: str,
        body: bytes,
        error: Exception,
    ) -> Message:
        return Message(
            exchange=exchange,
            key=self._listener.queue,
            body=body,
            message_id=message_id,
            content_type=CONTENT_TYPE,
            headers=headers | {REASON: f"{type(error).__name__}: {error}"[:500]},
        )

    def _ack(self, batch: Sequence[Delivery]) -> None:
        def ack(channel: Channel) -> None:
            for delivery in batch:
                if delivery.channel is channel:
                    channel.basic_ack(delivery.tag)

        self._broker.call(ack)


@contextmanager
def spans_of(events: Sequence[Event], *, queue: str) -> Iterator[None]:
    """A span for each event that is traced, while all are applied in one transaction.

    That transaction is shown below the first of them, the only one we can be in.
    """
    traced = sorted((event.traceparent for event in events if event.traceparent), key=_unsampled)
    if not traced:
        yield
        return
    told: Attributes = {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": queue,
        "messaging.batch.message_count": len(events),
    }
    name = f"process {queue}"
    # Where to look for the statements.
    aside = {**told, "wasl.applied_in_trace": traced[0][3:35]}
    others = [
        begin_span(lambda: name, kind="CONSUMER", traceparent=one, attributes=lambda: aside)
        for one in traced[1:]
    ]
    error = "failed"
    try:
        with server_span(name, traced[0], told, kind="CONSUMER"):
            yield
        error = ""
    finally:
        for span in others:
            if span is not None:
                span.end(error=error)


def _unsampled(traceparent: str) -> bool:
    return not traceparent.endswith("1")
