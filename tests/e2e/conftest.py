"""A whole suite for each module that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.suite import Suite, running_suite, sales_data


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """An empty suite of the module's own."""
    with running_suite() as started:
        yield started


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of the real sales pipeline."""
    return sales_data()
