"""What faults are done to: a whole suite, or the counting service."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.testing.running import Keys
from tests.e2e.suite import Suite, running_suite, sales_data
from tests.faults.counter import Counter
from tools.stack.postgres import Postgres
from tools.stack.rabbitmq import RabbitMQ


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """An empty suite of the module's own."""
    with running_suite() as started:
        yield started


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of the real sales pipeline."""
    return sales_data()


@pytest.fixture
def counter(
    request: pytest.FixtureRequest,
    postgres_server: Postgres,
    rabbitmq_server: RabbitMQ,
    keys: Keys,
) -> Counter:
    """The counting service on an empty database, with no queue yet."""
    name = f"counting_{abs(hash(request.node.nodeid)):x}"[:40]
    postgres_server.create(name, name, "secret")
    return Counter(postgres_server.url(name, name, tcp=True), rabbitmq_server.url, keys)
