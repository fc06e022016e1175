"""Mode dev: what it tells PostgreSQL and RabbitMQ does what it says, on real servers."""

import os
import select
import subprocess
from pathlib import Path

import pika
import psycopg
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, ProbableAuthenticationError
from psycopg.conninfo import conninfo_to_dict

from chassis.events.topology import EXCHANGES, Queue, listener_queues, publisher_queues
from tests.deploy.charts import SERVICES, Rendered, secret
from tools.stack import binaries, ports, rabbitmq
from tools.stack.postgres import Postgres


def _databases(dev: Rendered, server: Postgres, passwords: dict[str, str]) -> None:
    name = next(name for name in dev.names("Job") if "databases" in name)
    container = dev.one("Job", name)["spec"]["template"]["spec"]["containers"][0]
    program = binaries.find_postgres()
    assert program is not None
    login = conninfo_to_dict(server.url())
    subprocess.run(
        [*container["command"], *container["args"]],
        check=True,
        env={
            "PATH": f"{program}:{os.environ['PATH']}",
            "PGHOST": str(server.socket),
            "PGPORT": str(server.port),
            "PGUSER": str(login["user"]),
            "PGPASSWORD": str(login["password"]),
            "PGDATABASE": "postgres",
            "SERVICES": " ".join(passwords),
        }
        | {f"PASSWORD_{service}": password for service, password in passwords.items()},
    )


def test_each_service_has_a_database_that_no_other_can_open(
    dev: Rendered, postgres_server: Postgres
) -> None:
    passwords = {"first": 'it\'s $a \\ "word"', "second": "b"}
    _databases(dev, postgres_server, passwords)
    # Again, with one more and another password: what an upgrade does.
    passwords |= {"second": "changed", "third": "c"}
    _databases(dev, postgres_server, passwords)
    place = {"host": "127.0.0.1", "port": postgres_server.port}
    for service, password in passwords.items():
        name = f"wasl_{service}"
        with psycopg.connect(**place, dbname=name, user=name, password=password) as own:
            own.execute("CREATE EXTENSION pg_trgm")
        for foreign in ("postgres", *(f"wasl_{other}" for other in passwords if other != service)):
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(**place, dbname=foreign, user=name, password=password)


def test_each_service_has_a_user_that_is_let_at_nobody_else_s_queues(
    dev: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = tmp_path / "definitions.json"
    definitions.write_text(secret(dev.one("Secret", "wasl-rabbitmq"))["definitions.json"])
    settings: str = dev.one("ConfigMap", "wasl-rabbitmq")["data"]["wasl.conf"]
    here = settings.replace("/etc/wasl/definitions.json", str(definitions)).replace(
        "listeners.tcp.default = 5672", "listeners.tcp.1 = 127.0.0.1:{port}"
    )
    assert here.count(str(tmp_path)) == 1
    assert "{port}" in here
    monkeypatch.setattr(rabbitmq, "_CONFIGURATION", here)
    free = ports.choose(tmp_path / "ports.json", ("port", "dist_port", "epmd_port"))
    server = rabbitmq.start(tmp_path / "rabbitmq", dies_with_us=True, **free)
    try:
        for service in SERVICES:
            login = secret(dev.one("Secret", f"wasl-{service}-broker"))
            url = login["url"].replace("wasl-rabbitmq:5672", f"127.0.0.1:{server.port}")
            with pika.BlockingConnection(pika.URLParameters(url)) as connection:
                _use(connection.channel(), service)
                with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
                    connection.channel().queue_declare("foreign.on_anything", durable=True)
        guest = pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{server.port}/%2F")
        with pytest.raises(ProbableAuthenticationError):
            pika.BlockingConnection(guest)
    finally:
        server.stop()


def _use(channel: BlockingChannel, service: str) -> None:
    """What the chassis does: declares, binds, publishes with confirms, reads."""
    for exchange in EXCHANGES:
        channel.exchange_declare(exchange.name, exchange.type, durable=True)
    queues: list[Queue] = [
        *publisher_queues(),
        *listener_queues(f"{service}.on_anything", (f"{service}.#",)),
    ]
    for queue in queues:
        channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
        for source, key in queue.bindings:
            channel.queue_bind(queue.name, source, key)
    channel.confirm_delivery()
    channel.basic_publish("wasl.events", f"{service}.thing.made", b"1", mandatory=True)
    # A retry goes to the ladder, and a replayed dead letter straight to its queue.
    channel.basic_publish("wasl.retry.1", f"{service}.on_anything", b"2", mandatory=True)
    channel.basic_publish("", f"{service}.on_anything", b"3", mandatory=True)
    assert channel.basic_get(f"{service}.on_anything", auto_ack=True)[2] == b"1"


@pytest.mark.parametrize("name", ["wasl-postgres", "wasl-rabbitmq"])
def test_a_server_waits_until_its_predecessor_has_left_the_volume(
    dev: Rendered, name: str, tmp_path: Path
) -> None:
    container = dev.one("StatefulSet", name)["spec"]["template"]["spec"]["containers"][0]
    command = [part.replace("/var/lib", str(tmp_path)) for part in container["command"]]
    Path(command[-1]).parent.mkdir(parents=True)
    entrypoint = tmp_path / "docker-entrypoint.sh"
    entrypoint.write_text('#!/bin/sh\necho "$@"\nexec cat\n')
    entrypoint.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*command, *container["args"]],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    with start() as first:
        assert first.stdout is not None
        assert first.stdout.readline().split() == container["args"]
        with start() as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(timeout=0.5)
            assert second.stdout is not None
            assert select.select([second.stdout], [], [], 0)[0] == []
            first.kill()
            assert second.stdout.readline().split() == container["args"]
            second.kill()
