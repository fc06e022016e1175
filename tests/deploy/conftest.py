"""The charts as a person gets them: copied, their dependency built, rendered once for each mode."""

import shutil
from pathlib import Path

import pytest

from tests.deploy.charts import DEV, EXTERNAL, OPERATOR, Charts, Rendered
from tools.charts import CHARTS, build


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    """A copy, so that nothing is written beside the sources."""
    folder = tmp_path_factory.mktemp("helm")
    skip = shutil.ignore_patterns("*.tgz", "Chart.lock")
    shutil.copytree(CHARTS, folder, dirs_exist_ok=True, ignore=skip)
    build(folder / "wasl")
    return Charts(folder, tmp_path_factory.mktemp("values"))


@pytest.fixture(scope="session")
def dev(charts: Charts) -> Rendered:
    """Mode dev, with nothing but the mode."""
    return charts.render(DEV)


@pytest.fixture(scope="session")
def operator(charts: Charts) -> Rendered:
    """Mode operator, with nothing but the mode."""
    return charts.render(OPERATOR)


@pytest.fixture(scope="session")
def external(charts: Charts) -> Rendered:
    """Mode external, with Secrets that exist."""
    return charts.render(EXTERNAL)


@pytest.fixture(scope="session", params=["dev", "operator", "external"])
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """Each mode in turn: what holds everywhere."""
    found: Rendered = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def sources() -> Path:
    """Where the charts are written."""
    return CHARTS
