"""One connection to RabbitMQ on one I/O thread: our small interface over pika's SelectConnection.

Everything that touches pika runs on the I/O thread; other threads hand it work and wait. A lost
connection is opened again after 0.5 to 30 seconds, for ever.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.adapters.select_connection import SelectConnection
from pika.channel import Channel

from chassis.events.topology import EXCHANGES, Queue
from chassis.rotation import urls
from chassis.telemetry.metrics import set_broker_connected

LOG = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True)
class Message:
    """A message to publish."""

    exchange: str
    key: str
    body: bytes
    message_id: str
    content_type: str
    headers: dict[str, Any]


@dataclass
class _Batch:
    # Position of each message by its delivery tag, until the broker has answered for it.
    waiting: dict[int, int] = field(default_factory=dict)
    confirmed: list[bool] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    # Whether it was sent; until then it hangs on the connection that it was handed to.
    sent: bool = False


def parameters_of(url: str) -> list[pika.URLParameters]:
    """How to connect: a choice for each password of the URL (chassis.rotation)."""
    return [pika.URLParameters(one) for one in urls(url)]


def declare_all(channel: Any, queues: Sequence[Queue]) -> None:
    """Declares the exchanges and some queues; `channel` is one of pika's, of either kind."""
    for exchange in EXCHANGES:
        channel.exchange_declare(exchange.name, exchange.type, durable=True)
    for queue in queues:
        channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
        for source, key in queue.bindings:
            channel.queue_bind(queue.name, source, key)


class Broker:
    """A connection with one channel, which publishes with confirms and may consume."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        queues: Sequence[Queue],
        on_ready: Callable[[Channel], None] | None = None,
    ) -> None:
        self._parameters = parameters_of(url)
        for parameters in self._parameters:
            parameters.heartbeat = 30
            parameters.blocked_connection_timeout = 30
            parameters.connection_attempts = 1
            parameters.socket_timeout = 5
            parameters.client_properties = {"connection_name": name}
        self._name = name
        self._queues = list(queues)
        self._on_ready = on_ready
        self._connection: SelectConnection | None = None
        self._channel: Channel | None = None
        self._ready = threading.Event()
        self._closing = threading.Event()
        self._next_tag = 1
        self._batches: list[_Batch] = []
        self._thread = threading.Thread(target=self._run, name=f"amqp {name}", daemon=True)

    def start(self) -> None:
        """Begins to connect."""
        self._thread.start()

    def close(self) -> None:
        """Closes the connection and ends the thread."""
        self._closing.set()
        connection = self._connection
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(self._close_now)
        self._thread.join(timeout=5)

    def wait_until_ready(self, timeout: float) -> bool:
        """Whether there is a channel with everything declared, after at most `timeout` seconds."""
        return self._ready.wait(timeout)

    def call(self, work: Callable[[Channel], None]) -> bool:
        """Hands work to the I/O thread. Returns False when there is no connection."""
        connection, channel = self._connection, self._channel
        if connection is None or channel is None:
            return False

        def run() -> None:
            if channel.is_open and channel is self._channel:
                work(channel)

        connection.ioloop.add_callback_threadsafe(run)
        return True

    def publish(self, messages: Sequence[Message], *, timeout: float = 30) -> list[bool]:
        """Publishes and waits until the broker has answered for each.

        Returns for each message whether a queue has it for sure. False means: not known; publish
        it again.
        """
        batch, connection = _Batch(confirmed=[False] * len(messages)), self._connection
        if not messages or not self.call(lambda channel: self._send(channel, messages, batch)):
            return batch.confirmed
        deadline = time.monotonic() + timeout
        while not batch.done.wait(min(0.5, timeout)):
            if time.monotonic() >= deadline:
                LOG.warning("the broker did not confirm in time", extra={"connection": self._name})
                break
            if not batch.sent and self._connection is not connection:
                # Lost before it came to sending, and nobody will ever say so.
                break
        return batch.confirmed

    # What follows runs on the I/O thread.

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            try:
                self._connection = SelectConnection(
                    self._parameters[0],
                    on_open_callback=self._opened,
                    on_open_error_callback=self._refused,
                    on_close_callback=lambda *_: self._stop_loop(),
                )
                self._connection.ioloop.start()
            except Exception:
                LOG.exception("the broker connection failed", extra={"connection": self._name})
            pause = _FIRST_PAUSE if self._ready.is_set() else min(pause * 2, _LONGEST_PAUSE)
            self._lost()
            self._closing.wait(pause)

    def _refused(self, *_: object) -> None:
        # With the next password, where there are several; the same again where there is one.
        self._parameters = [*self._parameters[1:], self._parameters[0]]
        self._stop_loop()

    def _stop_loop(self) -> None:
        assert self._connection is not None
        self._connection.ioloop.stop()

    def _lost(self) -> None:
        self._ready.clear()
        set_broker_connected(False, connection=self._name)
        self._channel = None
        connection, self._connection = self._connection, None
        if connection is not None:
            # Its sockets stay open otherwise, two more with every attempt to connect.
            connection.ioloop.close()
        self._next_tag = 1
        for batch in self._batches:
            batch.done.set()
        self._batches = []
        if not self._closing.is_set():
            LOG.warning("no connection to the broker", extra={"connection": self._name})

    def _close_now(self) -> None:
        if self._connection is not None and self._connection.is_open:
            self._connection.close()
        else:
            self._stop_loop()

    def _opened(self, connection: SelectConnection) -> None:
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._message_returned)
        # The broker answers in order, so only the last answer needs to be waited for.
        declare_all(channel, self._queues)
        channel.confirm_delivery(self._answered, callback=lambda _: self._declared(channel))

    def _declared(self, channel: Channel) -> None:
        self._channel = channel
        self._ready.set()
        set_broker_connected(True, connection=self._name)
        if self._on_ready is not None:
            self._on_ready(channel)
        LOG.info("connected to the broker", extra={"connection": self._name})

    def _channel_closed(self, channel: Channel, reason: BaseException) -> None:
        if not self._closing.is_set():
            LOG.warning("the broker closed the channel: %s", reason)
        if channel.connection.is_open:
            channel.connection.close()

    def _send(self, channel: Channel, messages: Sequence[Message], batch: _Batch) -> None:
        self._batches.append(batch)
        batch.sent = True
        for position, message in enumerate(messages):
            batch.waiting[self._next_tag] = position
            self._next_tag += 1
            channel.basic_publish(
                message.exchange,
                message.key,
                message.body,
                pika.BasicProperties(
                    content_type=message.content_type,
                    delivery_mode=2,
                    message_id=message.message_id,
                    headers=message.headers,
                ),
                mandatory=True,
            )

    def _answered(self, frame: Any) -> None:
        answer = frame.method
        accepted = isinstance(answer, pika.spec.Basic.Ack)
        for batch in self._batches:
            tags = (
                [tag for tag in batch.waiting if tag <= answer.delivery_tag]
                if answer.multiple
                else [answer.delivery_tag]
                if answer.delivery_tag in batch.waiting
                else []
            )
            for tag in tags:
                batch.confirmed[batch.waiting.pop(tag)] = accepted
            if not batch.waiting:
                batch.done.set()
        self._batches = [batch for batch in self._batches if batch.waiting]

    def _message_returned(
        self, channel: Channel, _method: Any, properties: Any, _body: bytes
    ) -> None:
        # No queue took it, though the feed takes everything: somebody deleted the queues. A new
        # connection declares them again; what is not confirmed by then is published again.
        LOG.error("no queue took event %s; declaring again", properties.message_id)
        channel.connection.close()
