"""Redrive: after databases were restored, RabbitMQ and the others are brought to where they are.

What RabbitMQ holds then is wrong in one of two ways: it is empty, and misses what was on its way at
the point of the restore, or it has lived on, and holds changes that have never happened any more.
So the queues begin anew, and every record is announced again as it is now.
"""

import logging
from dataclasses import dataclass

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import Connection, func, select

from chassis.errors import FailedPrecondition
from chassis.events.broker import declare_all, parameters_of
from chassis.events.catch_up import Told, read_the_feed
from chassis.events.consumer import Consumer
from chassis.events.listener import Listener
from chassis.events.rebuild import empty_read_model
from chassis.events.relay import LOCK
from chassis.events.topology import FEED, listener_queues, publisher_queues
from chassis.resources.republish import republish
from chassis.service import Runtime

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Redriven:
    """Events of the feed that were read once more, and records that are announced again."""

    read: int
    announced: int


def redrive(runtime: Runtime, *, rebuild: bool = False) -> Redriven:
    """Begins the service's queues anew and announces its records; `work` of no service may run.

    `rebuild` empties the read model as well: for one whose database is ahead of the others.
    Raises FailedPrecondition while `work` of this service runs.
    """
    with runtime.direct_engine.connect() as connection:
        _claim(connection, runtime)
        try:
            read = _begin_anew(runtime)
            if rebuild:
                empty_read_model(runtime)
            return Redriven(read, republish(runtime))
        finally:
            # Back in the pool it would hold the lock.
            connection.invalidate()


def _claim(connection: Connection, runtime: Runtime) -> None:
    if not connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
        raise FailedPrecondition(
            "WORK_IS_RUNNING",
            f"`work` of {runtime.name} is running: stop that of every service first.",
        )
    connection.commit()


def _begin_anew(runtime: Runtime) -> int:
    url, listeners = runtime.settings.broker_url, runtime.service.all_listeners
    recording = [listener for listener in listeners if listener.records]
    read = sum(_read_once_more(runtime, listener) for listener in recording)
    # The feed tells of what was undone, and whoever is new would believe it. It goes when those
    # have read it for whom that has happened all the same.
    queues = [] if not recording else publisher_queues()
    for listener in listeners:
        queues += listener_queues(listener.queue, listener.keys)
    with pika.BlockingConnection(parameters_of(url)) as connection:
        channel = connection.channel()
        for queue in {queue.name: queue for queue in queues}.values():
            channel.queue_delete(queue.name)
        # Before anything is announced: what nobody has a queue for, nobody gets.
        declare_all(channel, [*publisher_queues(), *queues])
    return read


def _read_once_more(runtime: Runtime, listener: Listener) -> int:
    url = runtime.settings.broker_url
    consumer = Consumer(listener, runtime)
    count = 0

    def note(told: list[Told]) -> None:
        nonlocal count
        consumer.note(told)
        count += len(told)

    with pika.BlockingConnection(parameters_of(url)) as connection:
        if not _has_a_feed(connection.channel()):
            return 0
    read_the_feed(url, listener, note)
    return count


def _has_a_feed(channel: BlockingChannel) -> bool:
    try:
        channel.queue_declare(FEED, passive=True)
    except ChannelClosedByBroker:
        return False
    return True
