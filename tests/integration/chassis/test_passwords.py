"""Passwords of databases and of RabbitMQ change while connections come and go."""

import os
import subprocess
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from chassis.database.engine import make_engine
from chassis.events.broker import Broker, Message
from chassis.events.catch_up import read_the_feed
from chassis.events.dead_letters import list_dead_letters
from chassis.events.listener import Listener
from chassis.events.topology import EVENTS, listener_queues, publisher_queues
from tests.integration.chassis.listening import eventually
from tools.stack import binaries

ROLE = "rotating"


def told(passwords: str, url: str) -> str:
    """A URL with these passwords instead of its own."""
    start, _, rest = url.partition("://")
    user, _, place = rest.rpartition("@")
    return f"{start}://{user.partition(':')[0]}:{passwords}@{place}"


@pytest.fixture
def role(postgres_server):
    postgres_server.create(ROLE, ROLE, "old")
    url = postgres_server.url(ROLE, ROLE, tcp=True)

    def execute(statement: str) -> None:
        with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
            connection.execute(statement)

    yield url, execute
    execute(f"DROP DATABASE {ROLE} WITH (FORCE)")
    execute(f"DROP ROLE {ROLE}")


def test_a_database_password_changes_under_a_process_that_knows_both(role):
    url, execute = role
    engine = make_engine(told("new,old", url), pool_size=2)
    late = make_engine(told("old", url), pool_size=2)

    def works(engine) -> bool:
        # Everything is connected anew, as after a restart of the server.
        execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")
        with engine.connect() as connection:
            return connection.scalar(text("SELECT current_user")) == ROLE

    try:
        assert works(engine)
        assert works(late)
        execute(f"ALTER ROLE {ROLE} PASSWORD 'new'")
        for _ in range(3):
            assert works(engine)
        # What the steps are for: who knows only the former one is out.
        with pytest.raises(OperationalError, match="password authentication failed"):
            works(late)
        execute(f"ALTER ROLE {ROLE} PASSWORD 'neither'")
        with pytest.raises(OperationalError, match="password authentication failed"):
            works(engine)
    finally:
        engine.dispose()
        late.dispose()


@pytest.fixture
def rabbitmqctl(rabbitmq_server) -> Iterator[Callable[..., None]]:
    """Administers the broker; the user `rotating` is there meanwhile."""
    tool, folder = binaries.find_rabbitmq(), rabbitmq_server.folder

    def run(*arguments: str) -> None:
        subprocess.run(
            [tool.with_name("rabbitmqctl"), "--silent", *arguments],
            env={
                "PATH": f"{os.environ.get('PATH', '')}:{binaries.PATH}",
                "LANG": "C.UTF-8",
                "HOME": str(folder / "home"),
                "ERL_EPMD_PORT": str(rabbitmq_server.epmd_port),
                "RABBITMQ_NODENAME": "wasl@localhost",
                "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            },
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip

    run("add_user", ROLE, "old")
    run("set_permissions", ROLE, r"wasl\..*|rotating\..*", ".*", ".*")
    yield run
    run("delete_user", ROLE)


def test_a_broker_password_changes_under_a_process_that_knows_both(rabbitmq_server, rabbitmqctl):
    start, _, rest = rabbitmq_server.url.partition("://")
    place = rest.rpartition("@")[2]
    url = f"{start}://{ROLE}:new,old@{place}"
    queue = f"{ROLE}.on_anything"
    queues = [*publisher_queues(), *listener_queues(queue, (f"{ROLE}.#",))]

    def connected() -> Broker:
        broker = Broker(url, name=ROLE, queues=queues)
        broker.start()
        assert broker.wait_until_ready(15)
        return broker

    def publish(broker: Broker) -> bool:
        message = Message(EVENTS, f"{ROLE}.thing.created", b"", "1", "text/plain", {})
        return broker.publish([message]) == [True]

    first = connected()
    rabbitmqctl("change_password", ROLE, "new")
    # What is connected stays so; what connects finds the password that is right now.
    assert publish(first)
    second = connected()
    assert publish(second)
    assert list(list_dead_letters(url, queue)) == []
    listener = Listener(queue=queue, keys=("nothing",), events=(), handle=lambda *_: None)
    read_the_feed(url, listener, lambda _: None)
    # And a lost connection comes back, for whoever publishes at that very moment too.
    second.call(lambda channel: channel.connection.close())
    eventually(lambda: publish(second))
    for broker in (first, second):
        broker.close()
