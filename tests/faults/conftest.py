"""What faults are done to: a whole suite, or the counting service."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from chassis.testing.running import Keys
from tests.e2e.suite import Suite, running_suite, sales_data
from tests.faults.counter import Counter
from tools.stack.postgres import Postgres
from tools.stack.rabbitmq import RabbitMQ

_NUMBERS = count(1)


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
    postgres_server: Postgres,
    rabbitmq_server: RabbitMQ,
    keys: Keys,
) -> Iterator[Counter]:
    """The counting service on an empty database, with no queue yet."""
    name = f"counting_{next(_NUMBERS)}"
    postgres_server.create(name, name, "secret")
    found = Counter(postgres_server.url(name, name, tcp=True), rabbitmq_server.url, keys)
    yield found
    found.close()
