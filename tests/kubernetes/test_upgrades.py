"""Releases that are a migration ahead come and go under load, and one that cannot come at all."""

from pathlib import Path

import pytest

from tests.kubernetes import images
from tests.kubernetes.cluster import Cluster, within
from tests.kubernetes.release import Release
from tests.kubernetes.test_rolling import RATE, under_load
from tools import images as product

FOLDER = Path(__file__).parent / "upgrades"


@pytest.fixture(scope="module")
def versions(cluster: Cluster, registry: str) -> dict[str, dict[str, str]]:
    """The values of releases of contacts, each one migration ahead of the one before."""
    if cluster.load_archive is None:
        pytest.skip("these images are loaded onto the node, and this cluster pulls its own")
    builder = product.find_builder()
    assert builder is not None
    base, found = product.reference("contacts"), {}
    for migration in sorted(FOLDER.glob("9*.py")):
        name = migration.stem.partition("_")[2]
        image = f"{registry}wasl-contacts:{name}"
        told = {"BASE": base, "MIGRATION": migration.name}
        file = str(FOLDER / "Dockerfile")
        product.build(builder, image, file=file, context=str(FOLDER), told=told)
        images.load(cluster, builder, image)
        found[name] = {"contacts__image__tag": name}
        base = image
    return found


@pytest.fixture(scope="module")
def running(release: Release) -> Release:
    """The release before, with some data."""
    release.install()
    api = release.api()
    for number in range(200):
        api.post("/v1/contacts", {"displayName": f"Before {number}"})
    return release


def revision(release: Release) -> str:
    """Where the schema of contacts is."""
    return release.sql("contacts", "SELECT version_num FROM alembic_version")


def test_a_migration_that_expands_one_that_contracts_and_a_rollback_under_load(
    running: Release, versions: dict[str, dict[str, str]]
) -> None:
    with under_load(running, seconds=120) as told:
        running.upgrade(**versions["expand"])
        assert revision(running) == "9001"
        running.upgrade(**versions["contract"])
        assert revision(running) == "9002"
        done = running.cluster.helm(
            "rollback", running.name, "-n", running.namespace, "--wait", "--timeout", "120s"
        )
        assert done.returncode == 0, done.stderr
        # The code of the release before, on the schema of the one after.
        assert revision(running) == "9002"
        image = running.kubectl(
            "get", "deployment", "wasl-contacts",
            "-o", "jsonpath={.spec.template.spec.containers[0].image}",
        )  # fmt: skip
        assert image.endswith(":expand")
    assert told["failed"] == []
    assert told["sent"] == RATE * 120


def test_an_upgrade_whose_migration_fails_leaves_the_old_one_serving_and_says_why(
    running: Release, versions: dict[str, dict[str, str]]
) -> None:
    before = revision(running)
    with under_load(running, seconds=75) as told:
        done = running.helm("upgrade", timeout="40s", **versions["broken"])
        assert done.returncode != 0
    assert told["failed"] == []
    within(lambda: "no_such_table" in running.troubles(), 60, running.troubles)
    said = running.troubles()
    assert "The migration of contacts failed, and what failed was undone: " in said
    print(said)
    assert revision(running) == before
    columns = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'half_done'"
    assert running.sql("contacts", columns) == "0"
    done = running.cluster.helm(
        "rollback", running.name, "-n", running.namespace, "--wait", "--timeout", "120s"
    )
    assert done.returncode == 0, done.stderr
    running.wait_ready()
