"""The dead letters of a service's queues: list, replay or drop them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pika
from pika.adapters.blocking_connection import BlockingChannel

from chassis.events.broker import parameters_of
from chassis.events.consumer import ATTEMPTS, REASON
from chassis.events.topology import dead_letter_queue


@dataclass(frozen=True)
class DeadLetter:
    """An event that was given up, and why."""

    event_id: str
    key: str
    reason: str


def count_dead_letters(url: str, queue: str) -> int:
    """How many dead letters a queue has; 0 when it was never declared."""
    with pika.BlockingConnection(parameters_of(url)) as connection:
        return _count(connection, queue)


def list_dead_letters(url: str, queue: str, *, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters of a queue. They stay where they are."""
    with pika.BlockingConnection(parameters_of(url)) as connection:
        limit = min(limit, _count(connection, queue))
        channel = connection.channel()
        # Unacked at the end of the connection, so all go back to their places.
        return [_letter(properties) for _, properties, _ in _get(channel, queue, limit)]


def replay_dead_letters(url: str, queue: str, *, limit: int | None = None) -> int:
    """Sends dead letters to their queue again, as if new. Returns how many."""
    with pika.BlockingConnection(parameters_of(url)) as connection:
        # Only those that are there now: one that is given up again comes back while we go on.
        there = _count(connection, queue)
        limit = there if limit is None else min(limit, there)
        channel = connection.channel()
        channel.confirm_delivery()
        count = 0
        for method, properties, body in _get(channel, queue, limit):
            headers = dict(properties.headers or {})
            for name in (ATTEMPTS, REASON, "x-death", "x-delivery-count"):
                headers.pop(name, None)
            properties.headers = headers
            channel.basic_publish("", queue, body, properties, mandatory=True)
            channel.basic_ack(method.delivery_tag)
            count += 1
        return count


def drop_dead_letters(url: str, queue: str) -> int:
    """Throws a queue's dead letters away. Returns how many."""
    with pika.BlockingConnection(parameters_of(url)) as connection:
        if not _count(connection, queue):
            return 0
        frame = connection.channel().queue_purge(dead_letter_queue(queue))
        return int(frame.method.message_count)


def _count(connection: pika.BlockingConnection, queue: str) -> int:
    try:
        frame = connection.channel().queue_declare(dead_letter_queue(queue), passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        return 0
    return int(frame.method.message_count)


def _get(
    channel: BlockingChannel, queue: str, limit: int
) -> Iterator[tuple[pika.spec.Basic.GetOk, pika.BasicProperties, bytes]]:
    for _ in range(limit):
        method, properties, body = channel.basic_get(dead_letter_queue(queue))
        if method is None:
            return
        yield method, properties, body


def _letter(properties: pika.BasicProperties) -> DeadLetter:
    headers = properties.headers or {}
    reason = str(headers.get(REASON, "")) or "delivered too often"
    return DeadLetter(properties.message_id or "", str(headers.get("cloudEvents:type", "")), reason)
