"""The contract as the generated descriptor set tells it."""

import pytest

from services.gateway.contract import Contract, load_contract
from tools.proto import DESCRIPTORS


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract(str(DESCRIPTORS))
