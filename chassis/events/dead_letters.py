"""The dead letters of a service's queues: list, replay or drop them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pika
from pika.adapters.blocking_connection import BlockingChannel

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
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        try:
            frame = connection.channel().queue_declare(dead_letter_queue(queue), passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return 0
        return int(frame.method.message_count)


def list_dead_letters(url: str, queue: str, *, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters of a queue. They stay where they are."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        # Unacked at the end of the connection, so all go back to their places.
        return [_letter(properties) for _, properties, _ in _get(channel, queue, limit)]


def replay_dead_letters(url: str, queue: str, *, limit: int | None = None) -> int:
    """Sends dead letters to their queue again, as if new. Returns how many."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
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
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        frame = connection.channel().queue_purge(dead_letter_queue(queue))
        return int(frame.method.message_count)


def _get(
    channel: BlockingChannel, queue: str, limit: int | None
) -> Iterator[tuple[pika.spec.Basic.GetOk, pika.BasicProperties, bytes]]:
    count = 0
    while limit is None or count < limit:
        method, properties, body = channel.basic_get(dead_letter_queue(queue))
        if method is None:
            return
        yield method, properties, body
        count += 1


def _letter(properties: pika.BasicProperties) -> DeadLetter:
    headers = properties.headers or {}
    reason = str(headers.get(REASON, "")) or "delivered too often"
    return DeadLetter(properties.message_id or "", str(headers.get("cloudEvents:type", "")), reason)
