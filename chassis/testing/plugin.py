"""A pytest plugin: real PostgreSQL, real RabbitMQ, and services on them with clean databases.

    def test_a_contact_can_be_read(start_service):
        contacts = start_service(SERVICE)
        ...contacts.channel()...

Everything is private to the test run, under a temporary folder, and stopped at its end.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from joserfc.jwk import ECKey

from chassis.cli import prepare_database
from chassis.service import Service
from chassis.testing.running import NO_BROKER, Keys, RunningService
from tools.stack import ports, postgres, rabbitmq
from tools.stack.postgres import Postgres
from tools.stack.rabbitmq import RabbitMQ

_NUMBERS = count(1)
StartService = Callable[..., RunningService]


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """A short path, because the paths of sockets may not be long."""
    folder = Path(tempfile.mkdtemp(prefix="wasl-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_ports(run_folder: Path) -> dict[str, int]:
    """Free ports for the servers of this test run."""
    names = ("postgres", "rabbitmq", "rabbitmq_dist", "epmd")
    return ports.choose(run_folder / "ports.json", names)


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path, server_ports: dict[str, int]) -> Iterator[Postgres]:
    """A real PostgreSQL. Without fsync: a test run that is cut off needs no data."""
    server = postgres.start(run_folder / "postgres", port=server_ports["postgres"], fsync=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq_server(run_folder: Path, server_ports: dict[str, int]) -> Iterator[RabbitMQ]:
    """A real RabbitMQ."""
    server = rabbitmq.start(
        run_folder / "rabbitmq",
        port=server_ports["rabbitmq"],
        dist_port=server_ports["rabbitmq_dist"],
        epmd_port=server_ports["epmd"],
    )
    yield server
    server.stop()


@pytest.fixture(scope="module")
def database_url(postgres_server: Postgres) -> str:
    """An empty database of the module's own."""
    name = f"empty_{next(_NUMBERS)}"
    postgres_server.create(name, name, "secret")
    return postgres_server.url(name, name, tcp=True)


@pytest.fixture(scope="session")
def keys() -> Keys:
    """The keys that credentials of this test run are signed with."""
    return Keys(ECKey.generate_key("P-256", parameters={"kid": "test", "alg": "ES256"}))


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """The migrated, empty database of each service, to be copied for each test."""
    return {}


@pytest.fixture
def start_service(
    request: pytest.FixtureRequest,
    postgres_server: Postgres,
    run_folder: Path,
    keys: Keys,
    templates: dict[str, str],
) -> Iterator[StartService]:
    """Starts a service on a clean database: `start_service(SERVICE, serves=True, works=False)`.

    With `works=True` it relays, consumes and runs jobs on the real broker. Services started with
    the same `suite=folder` find each other. Other keywords are settings.
    """
    yield from _starter(request, postgres_server, run_folder, keys, templates)


@pytest.fixture(scope="module")
def start_module_service(
    request: pytest.FixtureRequest,
    postgres_server: Postgres,
    run_folder: Path,
    keys: Keys,
    templates: dict[str, str],
) -> Iterator[StartService]:
    """Like `start_service`, for services that all tests of a module share."""
    yield from _starter(request, postgres_server, run_folder, keys, templates)


def _starter(
    request: pytest.FixtureRequest,
    postgres_server: Postgres,
    run_folder: Path,
    keys: Keys,
    templates: dict[str, str],
) -> Iterator[StartService]:
    running: list[RunningService] = []

    def start(
        service: Service, *, serves: bool = True, works: bool = False, **more: Any
    ) -> RunningService:
        if service.name not in templates:
            templates[service.name] = _make_template(postgres_server, service, keys)
        role = templates[service.name]
        database = f"{role}_{next(_NUMBERS)}"
        _copy(postgres_server, source=role, target=database)
        url = postgres_server.url(database, role, tcp=True)
        broker = request.getfixturevalue("rabbitmq_server").url if works else NO_BROKER
        known: dict[str, Any] = {"broker_url": broker, "folder": run_folder} | more
        started = RunningService(service, keys.settings(service, url, **known), keys=keys)
        running.append(started)
        started.start(serves=serves, works=works)
        return started

    yield start
    for started in reversed(running):
        started.stop()


def _make_template(server: Postgres, service: Service, keys: Keys) -> str:
    name = f"template_{service.name}"
    server.create(name, name, "secret")
    prepare_database(service, keys.settings(service, server.url(name, name, tcp=True)))
    return name


def _copy(server: Postgres, *, source: str, target: str) -> None:
    # The copy belongs to the role that migrated its template.
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" OWNER "{source}"')
