"""Reporting, and a database that knows nothing at the start of each test."""

from collections.abc import Callable

import pytest

from chassis.events.rebuild import empty_read_model
from chassis.testing.running import RunningService
from services.reporting.service import SERVICE


@pytest.fixture(scope="module")
def shared_reporting(start_module_service: Callable[..., RunningService]) -> RunningService:
    """Reporting, for the tests of a module together."""
    return start_module_service(SERVICE)


@pytest.fixture
def reporting(shared_reporting: RunningService) -> RunningService:
    """Reporting that has been told nothing."""
    empty_read_model(shared_reporting.runtime)
    return shared_reporting
