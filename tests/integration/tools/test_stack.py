"""The local stack with real servers and stub services: it starts, heals, and leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pika
import psycopg
import pytest

from tools.stack import binaries, folders, postgres, processes, rabbitmq
from tools.stack.layout import ROOT

STUBS = Path(__file__).parent / "stub_services"

pytestmark = pytest.mark.skipif(
    binaries.find_postgres() is None or binaries.find_rabbitmq() is None,
    reason="PostgreSQL or RabbitMQ is not installed (`make setup` installs them)",
)


class Stack:
    """The stack's command line, with its state in a folder of this test."""

    def __init__(self, run: Path, *, port: int) -> None:
        self.run = run
        self.environment = {**os.environ, "WASL_RUN_DIR": str(run), "WASL_PORT": str(port)}

    def __call__(self, verb: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tools.stack", "--services", str(STUBS), verb]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            check=False,
            timeout=180,
        )

    def pids(self) -> dict[str, int]:
        file = self.run / "pids.json"
        known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        return known

    def kill(self, name: str) -> None:
        """Kill one process the hard way and wait until another has taken its place."""
        before = self.pids()[name]
        os.kill(before, signal.SIGKILL)
        assert processes.wait_until(lambda: self.pids().get(name, before) != before, seconds=60), (
            f"{name} has not come back"
        )

    def log(self) -> str:
        return (self.run / "log/run.log").read_text()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    from tools.stack import ports

    folder = tmp_path_factory.mktemp("stack")
    # The user `postgres` has to come through; pytest's own folders are closed.
    port = ports.choose(folder / "chosen.json", ["gateway"])["gateway"]
    found = Stack(folder / "run", port=port)
    started = found("start")
    assert started.returncode == 0, started.stderr + started.stdout
    yield found
    found("stop")
    found("reset")


def test_a_started_stack_says_how_to_sign_in(stack: Stack) -> None:
    lines = (stack.run / "admin.env").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines)
    assert list(told) == ["WASL_URL", "WASL_EMAIL", "WASL_PASSWORD", "WASL_API_KEY"]
    assert f"Wasl is ready:  {told['WASL_URL']}" in stack.log()
    assert (stack.run / "admin.env").stat().st_mode & 0o077 == 0
    assert (stack.run / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_second_start_beside_a_running_one_is_refused_in_one_sentence(stack: Stack) -> None:
    refused = stack("start")
    assert refused.returncode == 1
    assert "running already" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["contacts", "gateway", "postgres", "rabbitmq"])
def test_what_is_killed_comes_back(stack: Stack, name: str) -> None:
    stack.kill(name)
    assert stack("status").returncode == 0


def test_the_environment_of_a_service_opens_its_database_and_the_broker(stack: Stack) -> None:
    command = [sys.executable, "-m", "tools.stack", "--services", str(STUBS), "env", "contacts"]
    printed = subprocess.check_output(command, cwd=ROOT, env=stack.environment, text=True)
    script = printed + f"{sys.executable} -c 'import os, json; print(json.dumps(dict(os.environ)))'"
    told = json.loads(subprocess.check_output(["/bin/sh", "-c", script], text=True))
    with psycopg.connect(told["WASL_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM lives").fetchone() == (True,)
    pika.BlockingConnection(pika.URLParameters(told["WASL_BROKER_URL"])).close()
    assert "WASL_TOKEN_SIGNING_KEY" not in told


def test_a_killed_supervisor_takes_its_services_along_and_the_next_start_finds_the_servers(
    stack: Stack,
) -> None:
    before = stack.pids()
    os.kill(before["supervisor"], signal.SIGKILL)
    gone = ("contacts", "gateway")
    assert processes.wait_until(
        lambda: not any(processes.command_line(before[name]) for name in gone), seconds=10
    )
    began = time.monotonic()
    assert stack("start").returncode == 0
    assert time.monotonic() - began < 8
    after = stack.pids()
    assert after["postgres"] == before["postgres"]
    assert after["rabbitmq"] == before["rabbitmq"]


def test_a_stopped_stack_leaves_no_process_and_starts_again_within_eight_seconds(
    stack: Stack,
) -> None:
    before = stack.pids()
    epmd = processes.read_pid(stack.run / "rabbitmq/epmd.pid")
    assert epmd is not None
    stopped = stack("stop")
    assert stopped.returncode == 0, stopped.stderr
    assert "contacts stopped in peace" in stack.log()
    assert not [name for name, pid in before.items() if processes.command_line(pid)]
    assert not processes.command_line(epmd)
    began = time.monotonic()
    assert stack("start").returncode == 0
    assert time.monotonic() - began < 8


def test_postgres_moves_to_another_port_and_keeps_its_data(tmp_path: Path) -> None:
    server = postgres.start(tmp_path / "postgres", port=28_431, fsync=False, dies_with_us=True)
    server.create("numbers", "numbers", "it's a secret")
    with psycopg.connect(server.url("numbers", "numbers")) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE TABLE one AS SELECT 1 AS number")
        # Arabic letters count as letters, or searching by trigrams would find nothing.
        trigrams = connection.execute("SELECT cardinality(show_trgm('محمد'))").fetchone()
        assert trigrams == (5,)
    server = postgres.start(tmp_path / "postgres", port=28_432, fsync=False, dies_with_us=True)
    with psycopg.connect(server.url("numbers", "numbers", tcp=True)) as connection:
        assert connection.execute("SELECT number FROM one").fetchone() == (1,)
    server.stop()
    assert not server.alive()
    folders.remove(tmp_path / "postgres")


def test_rabbitmq_keeps_persistent_messages_over_a_kill(tmp_path: Path) -> None:
    where = {"port": 28_441, "dist_port": 28_442, "epmd_port": 28_443}
    broker = rabbitmq.start(tmp_path / "a b", **where, dies_with_us=True)
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = connection.channel()
    channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
    channel.confirm_delivery()
    channel.basic_publish("", "kept", b"hello", pika.BasicProperties(delivery_mode=2))
    connection.close()
    # A quorum queue's name reaches the disk within a second of its declaration.
    time.sleep(1.5)
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not broker.alive(), seconds=10)
    broker = rabbitmq.start(tmp_path / "a b", **where, dies_with_us=True)
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    assert connection.channel().basic_get("kept", auto_ack=True)[2] == b"hello"
    connection.close()
    broker.stop()
    assert not broker.alive()
