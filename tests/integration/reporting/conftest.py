"""Reporting on a clean database."""

from collections.abc import Callable

import pytest

from chassis.testing.running import RunningService
from services.reporting.service import SERVICE


@pytest.fixture
def reporting(start_service: Callable[..., RunningService]) -> RunningService:
    """Reporting without a server; tests call its functions."""
    return start_service(SERVICE, serves=False)
