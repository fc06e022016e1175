"""A service that listens to contacts' events and writes what it hears into a table."""

import datetime
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pika
from sqlalchemy import text

from chassis.events.envelope import CONTENT_TYPE, Event, cloud_event_headers
from chassis.events.listener import Listener, PermanentError
from chassis.events.outbox import record
from chassis.events.topology import EVENTS
from chassis.testing.running import RunningService
from services.contacts.service import SERVICE
from wasl.contacts.v1 import events_pb
from wasl.contacts.v1.contact_pb import Contact

QUEUE = "contacts.on_test"
KEY = "contacts.contact.created"


class Heard:
    """What the listener does with names: most are written down, some are too much for it."""

    def __init__(self) -> None:
        # Every attempt, also those that came to nothing.
        self.attempts: list[str] = []
        self.poison: set[str] = set()
        self.permanent: set[str] = set()
        self.lock = threading.Lock()

    def handle(self, session: Any, events: Sequence[Event]) -> None:
        """Writes down the name of each."""
        for event in events:
            for change in event.body.changes:
                name = change.contact.display_name
                with self.lock:
                    self.attempts.append(name)
                if name in self.poison:
                    raise ValueError(f"{name} is poison")
                if name in self.permanent:
                    raise PermanentError(f"{name} will never do")
                session.execute(text("INSERT INTO heard VALUES (:name)"), {"name": name})


def listening_service(heard: Heard):
    """contacts, with a listener of our own."""
    listener = Listener(
        queue=QUEUE, keys=("contacts.contact.*",), events=(events_pb,), handle=heard.handle
    )
    return replace(SERVICE, listeners=(listener,))


def make_table(running: RunningService) -> None:
    """Makes the table of the effects."""
    with running.session() as session:
        session.execute(text("CREATE TABLE heard (name text)"))


def heard_names(running: RunningService) -> list[str]:
    """The effects so far."""
    with running.session() as session:
        return list(session.scalars(text("SELECT name FROM heard ORDER BY name")))


def created(name: str) -> Any:
    """A change of an event."""
    return events_pb.ContactChange(contact=Contact(id=str(uuid.uuid4()), display_name=name))


def announce(running: RunningService, *names: str) -> None:
    """Records an event for each name, each in a transaction of its own."""
    for name in names:
        with running.session() as session:
            record(session, events_pb.ContactCreated, [created(name)], service="contacts")


def publish(url: str, *messages: tuple[str, Any], key: str = KEY) -> None:
    """Publishes events past the outbox: (message id, body as bytes or name)."""
    now = datetime.datetime.now(datetime.UTC)
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for message_id, body in messages:
            if isinstance(body, str):
                body = events_pb.ContactCreated(changes=[created(body)]).to_binary()
            channel.basic_publish(
                EVENTS,
                key,
                body,
                pika.BasicProperties(
                    content_type=CONTENT_TYPE,
                    delivery_mode=2,
                    message_id=message_id,
                    headers=cloud_event_headers(message_id, key=key, time=now, traceparent=""),
                ),
                mandatory=True,
            )


def eventually(check: Callable[[], Any], *, seconds: float = 15) -> Any:
    """The first true answer of a check. AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := check():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s; last answer: {answer!r}")


def depth(url: str, queue: str) -> int:
    """How many messages a queue has ready."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        frame = connection.channel().queue_declare(queue, passive=True)
        return int(frame.method.message_count)


def consumers(url: str) -> int:
    """How many are at the queue; before there is one, nobody keeps what is published."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        try:
            frame = connection.channel().queue_declare(QUEUE, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return 0
        return int(frame.method.consumer_count)
