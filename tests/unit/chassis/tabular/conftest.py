"""Where the real data lies that these tests read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return the path of a file of the shared data, or skip where the data is absent."""
    beside = Path(__file__).resolve().parents[4].parent / "shared" / "data"
    root = Path(os.environ.get("WASL_DATA_DIR", beside))

    def path(name: str) -> Path:
        if not (root / name).exists():
            pytest.skip(f"no {name} under WASL_DATA_DIR or ../shared/data")
        return root / name

    return path
