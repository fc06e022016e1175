"""A real Kubernetes for the tests: the current `kubectl` context, or the node beside the checkout.

Where there is no context, a tool can give one: a program with the verbs `up`, `kubectl`,
`kubeconfig`, `address`, `inside` and `load` (`WASL_KUBE`, or ../shared/tools/kube/kube).
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.stack.layout import ROOT

HELM = ROOT / ".venv/bin/helm"
# What the namespace of the suite enforces.
RESTRICTED = {
    f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")
}


@dataclass(frozen=True)
class Cluster:
    """A cluster that answers."""

    # What goes before kubectl's arguments.
    kubectl_command: tuple[str, ...]
    environment: dict[str, str]
    # Where NodePorts answer, for functional calls and for load.
    address: str
    load_address: str
    # What goes before a command that makes load.
    inside: tuple[str, ...]
    # Puts image archives on the node; None where the node pulls from a registry.
    load_archive: tuple[str, ...] | None
    # Makes debian:12-slim where no registry has it.
    make_base: tuple[str, ...] = ()
    # Ends the cluster, where it was started for these tests.
    end: tuple[str, ...] = ()

    def kubectl(self, *arguments: str, told: str | None = None, seconds: float = 300) -> str:
        """Runs kubectl; returns what it printed. AssertionError with its words when it fails."""
        done = subprocess.run(
            [*self.kubectl_command, *arguments],
            input=told, env=self.environment, capture_output=True, text=True, check=False,
            timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout

    def get(self, kind: str, namespace: str, *, selector: str = "") -> list[dict[str, Any]]:
        """The objects of a kind (or of several, with commas)."""
        chosen = ["-l", selector] if selector else []
        told = self.kubectl("get", kind, "-n", namespace, *chosen, "-o", "json")
        found: list[dict[str, Any]] = json.loads(told)["items"]
        return found

    def helm(self, *arguments: str, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """Runs helm, whatever comes of it."""
        return subprocess.run(
            [str(HELM), *arguments],
            env=self.environment, capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip

    def make_namespace(self, name: str) -> None:
        """An empty namespace in which Pod Security `restricted` is enforced."""
        self.kubectl("create", "namespace", name)
        labels = [f"{key}={value}" for key, value in RESTRICTED.items()]
        self.kubectl("label", "namespace", name, *labels)

    def delete_namespace(self, name: str) -> None:
        """Deletes a namespace with all that is in it, and frees the volumes of its claims."""
        self.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait", "--timeout=180s")
        free_volumes(self)

    def ready_pods(self, namespace: str, *, selector: str = "") -> list[str]:
        """The names of the pods that are ready and not about to go."""
        return [
            pod["metadata"]["name"]
            for pod in self.get("pods", namespace, selector=selector)
            if "deletionTimestamp" not in pod["metadata"] and is_ready(pod)
        ]

    def unready(self, namespace: str) -> dict[str, str]:
        """What is not ready, with the reason: workloads below their replicas, and all odd pods."""
        found = {}
        for one in self.get("deployments,statefulsets", namespace):
            wanted, status = one["spec"].get("replicas", 1), one["status"]
            if (
                status.get("readyReplicas", 0) != wanted
                or status.get("updatedReplicas", 0) != wanted
                or status.get("replicas", 0) != wanted
                or status.get("observedGeneration", 0) < one["metadata"]["generation"]
            ):
                found[one["metadata"]["name"]] = f"{status.get('readyReplicas', 0)} of {wanted}"
        return found

    def wait_ready(self, namespace: str, *, seconds: float = 180) -> None:
        """Returns once every workload has all its replicas."""
        within(lambda: not self.unready(namespace), seconds, lambda: self.describe(namespace))

    def describe(self, namespace: str) -> str:
        """What a person would look at when something does not come up."""
        pods = self.kubectl("get", "pods", "-n", namespace, "-o", "wide")
        events = self.kubectl("get", "events", "-n", namespace, "--sort-by=.lastTimestamp")
        return f"{self.unready(namespace)}\n{pods}\n{events[-3000:]}"


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether a pod takes calls."""
    return any(
        one["type"] == "Ready" and one["status"] == "True"
        for one in pod["status"].get("conditions", ())
    )


def within(check: Callable[[], object], seconds: float, what: Callable[[], object] | str) -> None:
    """Returns once a check holds; AssertionError that says `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(0.5)


def free_volumes(cluster: Cluster) -> None:
    """Gives back volumes whose claims are gone, where nothing recycles them by itself."""
    told = json.loads(cluster.kubectl("get", "persistentvolumes", "-o", "json"))
    for volume in told["items"]:
        if volume["status"].get("phase") == "Released" and "local" in volume["spec"]:
            path = Path(volume["spec"]["local"]["path"])
            for child in path.iterdir() if path.is_dir() else ():
                shutil.rmtree(child) if child.is_dir() else child.unlink()
            patch = json.dumps({"spec": {"claimRef": None}})
            cluster.kubectl("patch", "pv", volume["metadata"]["name"], "-p", patch)


def find_cluster() -> Cluster:
    """The cluster to test on; skips where there is none and none can be made."""
    if shutil.which("kubectl") and _answers(("kubectl",), dict(os.environ)):
        address = _node_address(("kubectl",), dict(os.environ))
        return Cluster(
            kubectl_command=("kubectl",),
            environment=dict(os.environ),
            address=address,
            load_address=address,
            inside=(),
            load_archive=("kind", "load", "image-archive") if _is_kind() else None,
        )
    tool = os.environ.get("WASL_KUBE") or str(ROOT.parent / "shared/tools/kube/kube")
    if not Path(tool).is_file():
        pytest.skip("no kubectl context, and no WASL_KUBE that would give a cluster")
    if os.geteuid():
        pytest.skip(f"no kubectl context, and only root can start {tool}")
    was_up = _answers((tool, "kubectl"), dict(os.environ))
    subprocess.run([tool, "up"], check=True, timeout=1800, stdout=subprocess.DEVNULL)
    told = _output([tool, "kubeconfig"])
    return Cluster(
        kubectl_command=(tool, "kubectl"),
        environment={**os.environ, "KUBECONFIG": told},
        address=_output([tool, "address"]),
        load_address="127.0.0.1",
        inside=(tool, "inside"),
        load_archive=(tool, "load"),
        make_base=(tool, "base"),
        end=() if was_up else (tool, "down"),
    )


def _answers(kubectl: tuple[str, ...], environment: dict[str, str]) -> bool:
    asked = [*kubectl, "get", "--raw", "/readyz", "--request-timeout=5s"]
    return not subprocess.run(asked, env=environment, capture_output=True, check=False).returncode


def _node_address(kubectl: tuple[str, ...], environment: dict[str, str]) -> str:
    path = "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}"
    asked = [*kubectl, "get", "nodes", "-o", path]
    return subprocess.run(
        asked, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def _is_kind() -> bool:
    told = subprocess.run(
        ["kubectl", "config", "current-context"], capture_output=True, text=True, check=False
    )
    return told.stdout.startswith("kind-")


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
