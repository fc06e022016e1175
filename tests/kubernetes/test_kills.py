"""Every pod is killed in turn while the real pipeline comes in; the figures are the same."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import sales_pipeline
from tests.e2e.client import Api
from tests.e2e.figures import EXPECTED, all_figures
from tests.kubernetes.cluster import within
from tests.kubernetes.release import Release

DEALS = 8800
# The first while the import runs; then whoever is left, while what was announced is consumed.
VICTIMS = [
    "sales-work", "postgres", "rabbitmq", "reporting-work", "sales", "gateway", "identity",
    "contacts", "reporting", "identity-work", "contacts-work", "web",
]  # fmt: skip
# Makes the consumer the first that the kernel takes when its container has no memory left, and then
# takes the memory, in processes that are each smaller than it.
HUNGER = """
import os, time
open('/proc/1/oom_score_adj', 'w').write('1000')
for _ in range(100):
    if not os.fork():
        hoard = bytearray(b'x') * (20 << 20)
        time.sleep(30)
        os._exit(0)
    time.sleep(0.05)
time.sleep(30)
"""


@pytest.fixture(scope="module")
def api(release: Release, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Api:
    """The suite with people, accounts and products, and a customer who is patient."""
    release.install()
    found = release.api(patience=180)
    work = tmp_path_factory.mktemp("work")
    sales_pipeline.bring_in_people(found, data, work)
    sales_pipeline.bring_in_accounts(found, data, work)
    sales_pipeline.bring_in_products(found, data)
    release.settle()
    return found


def pod_of(release: Release, workload: str) -> dict[str, Any]:
    """The pod of a workload that has one replica."""
    full = f"{release.name}-{workload}"
    for pod in release.cluster.get("pods", release.namespace):
        owner = str(pod["metadata"].get("ownerReferences", [{}])[0].get("name", ""))
        # A StatefulSet, or a Deployment's ReplicaSet.
        is_its = full in (owner, owner.rpartition("-")[0])
        if is_its and "deletionTimestamp" not in pod["metadata"]:
            return pod
    raise AssertionError(f"{workload} has no pod")


def kill(release: Release, workload: str) -> None:
    """Kills its pod at once."""
    name = pod_of(release, workload)["metadata"]["name"]
    release.kubectl("delete", "pod", name, "--force", "--grace-period=0", "--wait=false")


def wait_for(release: Release, workload: str) -> None:
    """Returns once it has its replicas again."""
    full = f"{release.name}-{workload}"
    within(
        lambda: full not in release.cluster.unready(release.namespace),
        180,
        lambda: release.cluster.describe(release.namespace),
    )


def in_background(work: Callable[[], None]) -> Callable[[], None]:
    """Begins; returns what waits for the end, and raises what went wrong."""
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised where the test can see it
            wrong.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def finish() -> None:
        thread.join()
        if wrong:
            raise wrong[0]

    return finish


def test_every_pod_is_killed_and_nothing_is_lost_or_doubled(
    release: Release, api: Api, data: Path
) -> None:
    dice = random.Random(5)
    killed: list[tuple[str, str, str]] = []

    def kill_all() -> None:
        for victim in VICTIMS:
            time.sleep(dice.uniform(0.3, 1.0))
            done = release.sql("sales", "SELECT count(*) FROM opportunity") if killed == [] else ""
            kill(release, victim)
            killed.append((victim, done, time.strftime("%X")))
            wait_for(release, victim)

    finish = in_background(kill_all)
    path = sales_pipeline.start_deals(api, data, with_alias=True, key="the-deals")
    job = api.wait(path, seconds=400)
    while len(killed) < len(VICTIMS):
        # What is announced twice changes nothing, and leaves the kills something to hit.
        republish(release)
    finish()
    print(f"killed: {killed}; job: {job['progress']}")
    check(release, api, job)


def test_a_consumer_that_runs_out_of_memory_is_killed_and_goes_on(
    release: Release, api: Api
) -> None:
    facts = release.count("reporting", "opportunity_fact") if api else 0
    republish(release)
    pod = pod_of(release, "reporting-work")
    name = pod["metadata"]["name"]
    with pytest.raises(AssertionError):
        release.kubectl("exec", name, "-c", "work", "--", "python", "-c", HUNGER, seconds=60)

    def was_killed() -> bool:
        status = pod_of(release, "reporting-work")["status"]["containerStatuses"][0]
        return bool(status["lastState"].get("terminated", {}).get("reason") == "OOMKilled")

    within(was_killed, 60, lambda: pod_of(release, "reporting-work")["status"])
    release.wait_ready()
    release.settle(seconds=300)
    assert release.count("reporting", "opportunity_fact") == facts
    assert all_figures(api) == EXPECTED
    assert release.dead_letters() == 0


def republish(release: Release) -> None:
    """Announces every deal again, from the pod of sales, if it is there."""
    try:
        name = pod_of(release, "sales-work")["metadata"]["name"]
        release.kubectl(
            "exec", name, "-c", "work", "--", "python", "-m", "services.sales", "republish"
        )
    except AssertionError:
        time.sleep(1)


def check(release: Release, api: Api, job: dict[str, Any]) -> None:
    """All of it is there, once."""
    assert job["state"] == "SUCCEEDED"
    release.wait_ready(seconds=240)
    release.settle(seconds=300)
    progress = job["progress"]
    assert progress["rowsRead"] == progress["rowsCreated"] == str(DEALS)
    assert release.count("sales", "opportunity") == DEALS
    assert release.count("sales", "job", "kind = 'sales.opportunities.import'") == 1
    assert all_figures(api) == EXPECTED
    assert release.dead_letters() == 0
