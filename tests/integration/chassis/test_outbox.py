"""From the outbox to the broker: nothing uncommitted, nothing lost, whoever dies meanwhile."""

import datetime
import uuid

import pika
import pytest
from sqlalchemy import func, select, text

from chassis.database.tables import OutboxRow
from chassis.events import relay as relay_module
from chassis.events.outbox import record
from chassis.events.relay import Relay
from chassis.events.topology import EVENTS, FEED
from chassis.testing.running import RunningService
from services.contacts.service import SERVICE
from tests.integration.chassis.listening import (
    Heard,
    announce,
    consumers,
    created,
    eventually,
    heard_names,
    listening_service,
    make_table,
)
from wasl.contacts.v1 import events_pb
from wasl.contacts.v1.contact_pb import Contact


@pytest.fixture
def spied(rabbitmq_server):
    """Everything that is published to wasl.events, as (key, properties, body)."""
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
        channel = connection.channel()
        channel.exchange_declare(EVENTS, "topic", durable=True)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, EVENTS, "#")

        def read(count: int, seconds: float = 15) -> list:
            found = []
            for method, properties, body in channel.consume(queue, inactivity_timeout=seconds):
                if method is None:
                    break
                found.append((method.routing_key, properties, body))
                if len(found) == count:
                    # A moment more, to see what should not come.
                    seconds = 0.3
                    break
            for method, properties, body in channel.consume(queue, inactivity_timeout=0.3):
                if method is None:
                    break
                found.append((method.routing_key, properties, body))
            channel.cancel()
            return found

        yield read


def pending(running: RunningService) -> int:
    with running.session() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow))


def test_a_committed_event_is_published_as_a_cloud_event(start_service, spied):
    running = start_service(SERVICE, serves=False, works=True)
    before = datetime.datetime.now(datetime.UTC)
    announce(running, "آدا")
    ((key, properties, body),) = spied(1)
    assert key == "contacts.contact.created"
    headers = properties.headers
    time = datetime.datetime.fromisoformat(headers.pop("cloudEvents:time"))
    assert before - datetime.timedelta(seconds=1) < time
    assert time < datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
    headers.pop("cloudEvents:traceparent", None)
    assert headers == {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": properties.message_id,
        "cloudEvents:source": "/wasl/contacts",
        "cloudEvents:type": key,
    }
    assert uuid.UUID(properties.message_id)
    assert properties.content_type == "application/protobuf"
    assert properties.delivery_mode == 2
    event = events_pb.ContactCreated.from_binary(body)
    assert event.changes[0].contact.display_name == "آدا"
    eventually(lambda: pending(running) == 0)


def test_an_event_that_was_rolled_back_is_never_published(start_service, spied):
    running = start_service(SERVICE, serves=False, works=True)

    def fail() -> None:
        with running.session() as session:
            record(session, events_pb.ContactCreated, [created("Bob")], service="contacts")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    announce(running, "Ada")
    (only,) = spied(1)
    assert b"Ada" in only[2]


def test_changes_of_one_transaction_are_announced_together_up_to_500(start_service):
    running = start_service(SERVICE, serves=False)
    with running.session() as session:
        changes = [created(str(number)) for number in range(1001)]
        record(session, events_pb.ContactCreated, changes, service="contacts")
    with running.session() as session:
        bodies = session.scalars(select(OutboxRow.body).order_by(OutboxRow.sequence)).all()
    events = [events_pb.ContactCreated.from_binary(body).changes for body in bodies]
    assert [len(event) for event in events] == [500, 500, 1]
    names = [change.contact.display_name for event in events for change in event]
    assert names == [str(number) for number in range(1001)]


def test_no_event_is_larger_than_a_broker_takes(start_service):
    # RabbitMQ 4 closes the channel at 16 MiB; the relay would try for ever.
    running = start_service(SERVICE, serves=False)
    notes = "ن" * 10_000
    with running.session() as session:
        changes = [
            events_pb.ContactChange(contact=Contact(display_name=str(number), notes=notes))
            for number in range(500)
        ]
        record(session, events_pb.ContactCreated, changes, service="contacts")
    with running.session() as session:
        bodies = session.scalars(select(OutboxRow.body).order_by(OutboxRow.sequence)).all()
    assert max(map(len, bodies)) <= 4 * 1024 * 1024
    names = [
        change.contact.display_name
        for body in bodies
        for change in events_pb.ContactCreated.from_binary(body).changes
    ]
    assert names == [str(number) for number in range(500)]


def test_the_feed_holds_every_event_from_the_first(start_service, rabbitmq_server):
    running = start_service(SERVICE, serves=False, works=True)
    names = [str(number) for number in range(50)]
    announce(running, *names)
    eventually(lambda: pending(running) == 0)
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=100)
        told = []
        arguments = {"x-stream-offset": "first"}
        for method, _, body in channel.consume(FEED, arguments=arguments, inactivity_timeout=5):
            assert method is not None, "the feed has ended early"
            channel.basic_ack(method.delivery_tag)
            told.append(events_pb.ContactCreated.from_binary(body).changes[0].contact.display_name)
            if len(told) == 50:
                break
    assert told == names


def test_a_standby_takes_over_when_the_active_relay_loses_its_database(
    start_service, rabbitmq_server, spied, monkeypatch
):
    monkeypatch.setattr("chassis.events.relay._STANDBY_PAUSE", 0.2)
    running = start_service(SERVICE, serves=False, works=True)
    announce(running, "first")
    assert len(spied(1)) == 1
    standby = RunningService(SERVICE, running.runtime.settings, keys=running.keys)
    relay = Relay(standby.runtime)
    relay.start()
    try:
        announce(running, "second")
        # Still once: only one of the two is active.
        assert len(spied(1)) == 1
        with standby.session() as session:
            holder = session.scalar(text("SELECT pid FROM pg_locks WHERE locktype = 'advisory'"))
            assert holder
            # The first one's worker process is gone: nobody there takes the lock again.
            running.stop_workers()
        announce(standby, "third")
        ((_, _, body),) = spied(1)
        assert b"third" in body
        with standby.session() as session:
            now = session.scalar(text("SELECT pid FROM pg_locks WHERE locktype = 'advisory'"))
        assert now != holder
    finally:
        relay.stop()
        standby.stop()


def test_a_relay_whose_database_connection_was_cut_goes_on(start_service, spied):
    running = start_service(SERVICE, serves=False, works=True)
    announce(running, "first")
    assert len(spied(1)) == 1
    with running.session() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    announce(running, "second")
    ((_, _, body),) = spied(1)
    assert b"second" in body


def test_a_relay_that_stumbled_goes_on_and_holds_no_lock_against_itself(
    start_service, spied, monkeypatch
):
    publish, left = relay_module.publish_batch, [1]

    def stumble(*args):
        if left:
            left.pop()
            raise RuntimeError("a mistake of ours")
        return publish(*args)

    monkeypatch.setattr(relay_module, "publish_batch", stumble)
    running = start_service(SERVICE, serves=False, works=True)
    # Connections that the pool would hand out before the one with the lock.
    with running.runtime.direct_engine.connect(), running.runtime.direct_engine.connect():
        pass
    announce(running, "first")
    assert len(spied(1, seconds=4)) == 1


def test_a_lost_broker_connection_loses_no_event_and_doubles_none(start_service, rabbitmq_server):
    heard = Heard()
    running = start_service(listening_service(heard), serves=False, works=True)
    make_table(running)
    eventually(lambda: consumers(rabbitmq_server.url) == 1)
    announce(running, "before")
    eventually(lambda: heard_names(running) == ["before"])
    close_connections(running)
    announce(running, "meanwhile")
    eventually(lambda: heard_names(running) == ["before", "meanwhile"], seconds=30)


def close_connections(running: RunningService) -> None:
    """Cuts all sockets to the broker, as a network would."""
    for worker in running.workers:
        connection = getattr(getattr(worker, "_broker", None), "_connection", None)
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(connection._transport.abort)
