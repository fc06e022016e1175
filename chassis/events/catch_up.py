"""A new read model learns what was announced before it was there, from the feed.

Services start in any order: sales may announce its first pipeline before reporting has a queue. So
a listener that asks for it reads `wasl.feed` from the beginning (30 days) when its queue is new,
and what arrives meanwhile waits in the queue; the inbox keeps the two from being applied twice.

Where the past ends is told by a bookmark that the reader puts into the feed itself: what comes
after it is in the queue as well. A clock or a silence would not do: clocks differ, brokers pause.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.tables import InboxRow
from chassis.events.broker import parameters_of
from chassis.events.listener import Listener
from chassis.events.topology import FEED

# Stands in the inbox for "this queue knows the past".
CAUGHT_UP = "00000000-0000-0000-0000-000000000000"
_BATCH = 100
# Seconds without a message, though the bookmark must come, after which a reader starts again.
_PATIENCE = 30.0
_BOOKMARK = "wasl.feed.bookmark"

# Headers, message id and body of one message of the feed.
Told = tuple[dict[str, Any], str, bytes]


def knows_the_past(session: Session, listener: Listener) -> bool:
    """Whether a listener has read the feed, or does not want to."""
    if not listener.catches_up:
        return True
    marker = select(InboxRow.event_id).where(
        InboxRow.consumer == listener.queue, InboxRow.event_id == CAUGHT_UP
    )
    return session.scalar(marker) is not None


def note_the_past_is_known(session: Session, listener: Listener) -> None:
    """Remembers that a listener has read the feed."""
    session.execute(
        insert(InboxRow)
        .values(consumer=listener.queue, event_id=CAUGHT_UP)
        .on_conflict_do_nothing()
    )


def read_the_feed(url: str, listener: Listener, apply: Callable[[list[Told]], None]) -> None:
    """Applies what the feed holds for a listener, from the beginning to now."""
    connection = pika.BlockingConnection(parameters_of(url))
    try:
        told = _told(connection, listener)
        while batch := list(islice(told, _BATCH)):
            apply(batch)
    finally:
        # What is left of it may end with an error (see `_drop_the_rest`), and all is done by then.
        with suppress(AMQPError):
            connection.close()


def _told(connection: pika.BlockingConnection, listener: Listener) -> Iterator[Told]:
    matches = re.compile("|".join(_pattern(key) for key in listener.keys)).fullmatch
    channel = connection.channel()
    bookmark = _put_bookmark(channel)
    channel.basic_qos(prefetch_count=_BATCH)
    messages = channel.consume(
        FEED, arguments={"x-stream-offset": "first"}, inactivity_timeout=_PATIENCE
    )
    for method, properties, body in messages:
        if method is None:
            raise TimeoutError("the feed does not answer")
        if properties.message_id == bookmark:
            _drop_the_rest(connection, channel, messages)
            return
        channel.basic_ack(method.delivery_tag)
        headers = dict(properties.headers or {})
        if matches(str(headers.get("cloudEvents:type", ""))) and listener.wants(headers):
            yield headers, properties.message_id or "", body


def _drop_the_rest(
    connection: pika.BlockingConnection, channel: BlockingChannel, messages: Iterator[Any]
) -> None:
    """Takes what was fetched ahead out of the hands of pika.

    It would send it back to the stream at the end, which answers by closing the connection.
    """
    connection.process_data_events(time_limit=0.1)
    while channel.get_waiting_message_count():
        next(messages)


def _put_bookmark(channel: BlockingChannel) -> str:
    bookmark = str(uuid.uuid4())
    channel.confirm_delivery()
    # Straight into the feed: no listener's queue gets it, and who reads the feed knows its type.
    properties = pika.BasicProperties(
        message_id=bookmark, delivery_mode=2, headers={"cloudEvents:type": _BOOKMARK}
    )
    channel.basic_publish("", FEED, b"", properties, mandatory=True)
    return bookmark


def _pattern(key: str) -> str:
    # A topic's `*` is one word, `#` any number of them.
    return re.escape(key).replace(r"\*", "[^.]+").replace(r"\#", ".*")
