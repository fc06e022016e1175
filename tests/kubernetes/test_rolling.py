"""Replicas come and go under load, and nobody who asks notices."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.kubernetes.cluster import within
from tests.kubernetes.release import Release

RATE = 100.0
DEPLOYMENTS = ["contacts", "identity", "sales", "reporting", "gateway", "web"]
WORKERS = ["contacts-work", "identity-work", "sales-work", "reporting-work"]


@pytest.fixture(scope="module")
def running(release: Release) -> Release:
    """The suite, ready."""
    release.install()
    return release


@contextmanager
def under_load(release: Release, *, seconds: float, rate: float = RATE) -> Iterator[dict[str, Any]]:
    """Load for some seconds, at least until the block ends; what came of it is told afterwards."""
    told: dict[str, Any] = {}
    process = release.load(rate=rate, seconds=seconds)
    try:
        # The first requests open connections.
        time.sleep(3)
        yield told
        assert process.poll() is None, "the load ended before what it was to watch"
        said, _ = process.communicate(timeout=seconds + 60)
        told.update(json.loads(said))
        print({key: value for key, value in told.items() if key != "failed"})
    finally:
        process.kill()


def restart(release: Release, *workloads: str) -> None:
    """A rolling restart of all of them at once."""
    for workload in workloads:
        release.kubectl("rollout", "restart", f"deployment/{release.name}-{workload}")
    for workload in workloads:
        release.kubectl(
            "rollout", "status", f"deployment/{release.name}-{workload}", "--timeout=180s"
        )


def test_every_deployment_restarts_and_no_request_fails(running: Release) -> None:
    with under_load(running, seconds=120) as told:
        restart(running, *DEPLOYMENTS[:3])
        restart(running, *DEPLOYMENTS[3:])
        restart(running, *WORKERS)
    assert told["failed"] == []
    assert told["sent"] == RATE * 120


def served(release: Release) -> dict[str, float]:
    """RPCs that each replica of contacts has answered."""
    found = {}
    for pod in release.cluster.ready_pods(
        release.namespace,
        selector="app.kubernetes.io/name=contacts,app.kubernetes.io/component=serve",
    ):
        told = release.kubectl(
            "get", "--raw",
            f"/api/v1/namespaces/{release.namespace}/pods/{pod}:9464/proxy/metrics",
        )  # fmt: skip
        found[pod] = sum(
            float(line.rpartition(" ")[2])
            for line in told.splitlines()
            if line.startswith("rpc_server_call_duration_seconds_count")
        )
    return found


def test_a_service_grows_and_shrinks_under_load_and_calls_spread_within_ten_seconds(
    running: Release,
) -> None:
    with under_load(running, seconds=75) as told:
        running.kubectl("scale", "deployment/wasl-contacts", "--replicas=3")
        within(lambda: len(served(running)) == 3, 60, "three replicas are ready")
        ready = time.monotonic()

        def all_are_called() -> bool:
            before = served(running)
            time.sleep(1)
            return all(after > before[pod] for pod, after in served(running).items())

        within(all_are_called, 10, lambda: f"calls go to {served(running)}")
        print(f"spread after {time.monotonic() - ready:.1f} s")
        before = served(running)
        time.sleep(5)
        growth = {pod: after - before[pod] for pod, after in served(running).items()}
        print(f"calls in 5 s: {growth}")
        # Round robin: nobody has twice as many as another.
        assert max(growth.values()) < 2 * min(growth.values()), growth
        running.kubectl("scale", "deployment/wasl-contacts", "--replicas=1")
        within(lambda: len(served(running)) == 1, 90, "one replica is left")
    assert told["failed"] == []


@pytest.mark.slow
def test_the_autoscaler_adds_a_replica_under_load_and_takes_it_away(running: Release) -> None:
    values = {
        "contacts__serve__autoscaling__enabled": "true",
        "contacts__serve__autoscaling__minReplicas": 1,
        "contacts__serve__autoscaling__maxReplicas": 3,
        "contacts__serve__autoscaling__targetCPUPercent": 50,
        "contacts__serve__autoscaling__scaleDownSeconds": 20,
    }
    running.upgrade(**values)

    def replicas() -> int:
        told = running.kubectl(
            "get", "deployment", "wasl-contacts", "-o", "jsonpath={.spec.replicas}"
        )
        return int(told)

    with under_load(running, seconds=100) as told:
        began = time.monotonic()
        within(lambda: replicas() > 1, 90, lambda: running.kubectl("get", "hpa"))
        print(f"a replica more after {time.monotonic() - began:.0f} s")
    assert told["failed"] == []
    began = time.monotonic()
    within(lambda: replicas() == 1, 240, lambda: running.kubectl("get", "hpa"))
    print(f"gone {time.monotonic() - began:.0f} s after the load")
    running.upgrade()
