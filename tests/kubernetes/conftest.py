"""The cluster, the images on it and the chart, once for all of these tests."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.suite import sales_data
from tests.kubernetes.cluster import HELM, Cluster, find_cluster
from tests.kubernetes.images import bring_images
from tests.kubernetes.release import Release
from tools.stack.layout import ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a cluster; `make test-kubernetes` runs it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.kubernetes)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster that answers; ended when it was started for us."""
    found = find_cluster()
    yield found
    if found.end:
        subprocess.run(found.end, check=True, timeout=300)


@pytest.fixture(scope="session")
def registry(cluster: Cluster) -> Iterator[str]:
    """What goes before the names of the images, once the node has them."""
    with pytest.MonkeyPatch.context() as environment:
        yield bring_images(cluster, environment)


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Path:
    """The chart with the charts it depends on."""
    folder = tmp_path_factory.mktemp("helm")
    shutil.copytree(ROOT / "deploy/helm", folder, dirs_exist_ok=True)
    done = cluster.helm("dependency", "build", str(folder / "wasl"))
    assert HELM.exists()
    assert done.returncode == 0, done.stderr
    return folder / "wasl"


@pytest.fixture(scope="module")
def release(cluster: Cluster, registry: str, chart: Path) -> Iterator[Release]:
    """An empty namespace to install into; everything in it goes away at the end."""
    found = Release(cluster, chart, registry)
    found.remove()
    cluster.make_namespace(found.namespace)
    yield found
    found.close()
    found.remove()


@pytest.fixture(scope="session")
def data() -> Path:
    """The real pipeline."""
    return sales_data()
