"""The contract as the gateway reads it, and small contracts of a test's own."""

from pathlib import Path

import pytest

from services.gateway.contract import Contract, load_contract
from services.gateway.router import Route, build_routes

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract(str(ROOT / "gen" / "wasl.binpb"))


@pytest.fixture(scope="session")
def routes(contract: Contract) -> dict[str, Route]:
    return {route.operation_id: route for route in build_routes(contract)}
