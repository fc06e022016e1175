"""An installation of the suite on the cluster: installed, used, looked into, broken, upgraded."""

import base64
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.client import Api
from tests.e2e.suite import FEED, SERVICES
from tests.kubernetes.cluster import Cluster, free_volumes, within
from tools.stack.layout import ROOT

# What the tests open to the outside: two ports of the node.
WEB_PORT, GATEWAY_PORT = 30080, 30081


@dataclass
class Release:
    """A release `wasl` in a namespace of its own."""

    cluster: Cluster
    chart: Path
    # What goes before the names of the images.
    registry: str
    namespace: str = "wasl-test"
    # Where PostgreSQL and RabbitMQ run.
    servers: str = "wasl-test"
    name: str = "wasl"
    _apis: list[Api] = field(default_factory=list)

    def values(self, **more: object) -> list[str]:
        """The least that must be said, NodePorts for the tests, and `more` (`__` for dots)."""
        told: dict[str, object] = {
            "mode": "dev",
            # That of a cluster that is made for tests; a slower one makes its own tests fail.
            "global__dnsCacheSeconds": 5,
            "global__image__registry": self.registry.rstrip("/"),
            "web__serve__service__type": "NodePort",
            "web__serve__service__nodePort": WEB_PORT,
            "gateway__serve__service__type": "NodePort",
            "gateway__serve__service__nodePort": GATEWAY_PORT,
        }
        return [
            word
            for key, value in (told | more).items()
            for word in ("--set", f"{key.replace('__', '.')}={value}")
        ]

    def install(self, *arguments: str, **values: object) -> float:
        """`helm install --wait`; returns the seconds it took."""
        return self._helm("install", *arguments, **values)

    def upgrade(self, *arguments: str, **values: object) -> float:
        """`helm upgrade --wait`; returns the seconds it took."""
        return self._helm("upgrade", *arguments, **values)

    def _helm(self, verb: str, *arguments: str, **values: object) -> float:
        began = time.monotonic()
        done = self.helm(verb, *arguments, **values)
        assert done.returncode == 0, (
            f"{done.stderr}\n{self.cluster.describe(self.namespace)}\n{self.troubles()}"
        )
        return time.monotonic() - began

    def helm(
        self, verb: str, *arguments: str, timeout: str = "300s", **values: object
    ) -> subprocess.CompletedProcess[str]:
        """`helm install` or `upgrade` with `--wait`, whatever comes of it."""
        return self.cluster.helm(
            verb, self.name, str(self.chart), "--namespace", self.namespace, "--wait",
            "--timeout", timeout, *self.values(**values), *arguments,
        )  # fmt: skip

    def uninstall(self) -> None:
        """`helm uninstall --wait`."""
        self.close()
        done = self.cluster.helm("uninstall", self.name, "-n", self.namespace, "--wait")
        assert done.returncode == 0, done.stderr

    def remove(self) -> None:
        """Takes all of it away, volumes and secrets too."""
        self.cluster.helm("uninstall", self.name, "-n", self.namespace, "--wait")
        for namespace in {self.namespace, self.servers}:
            self.cluster.delete_namespace(namespace)
        free_volumes(self.cluster)

    def secret(self, name: str, key: str) -> str:
        """A value out of a Secret."""
        escaped = key.replace(".", r"\.")
        told = self.cluster.kubectl(
            "get", "secret", name, "-n", self.namespace, "-o", f"jsonpath={{.data.{escaped}}}"
        )
        return base64.b64decode(told).decode()

    @property
    def web(self) -> str:
        """The address of the front ends, with the API behind it."""
        return f"http://{self.cluster.address}:{WEB_PORT}"

    def api(self, *, patience: float = 0, port: int = GATEWAY_PORT) -> Api:
        """The public API as the administrator."""
        key = self.secret(f"{self.name}-keys", "admin-api-key")
        found = Api(f"http://{self.cluster.address}:{port}", key, patience=patience)
        self._apis.append(found)
        return found

    def close(self) -> None:
        """Closes the connections of all clients."""
        for api in self._apis:
            api.http.close()

    def kubectl(self, *arguments: str, seconds: float = 300) -> str:
        """kubectl in the release's namespace."""
        return self.cluster.kubectl("-n", self.namespace, *arguments, seconds=seconds)

    def sql(self, service: str, statement: str) -> str:
        """What a statement answers in a service's database."""
        return self.cluster.kubectl(
            "-n", self.servers, "exec", "wasl-postgres-0", "--", "psql", "-U", "postgres",
            "-d", f"wasl_{service}", "-Atc", statement,
        ).strip()  # fmt: skip

    def count(self, service: str, table: str, where: str = "true") -> int:
        """Rows of a table."""
        return int(self.sql(service, f"SELECT count(*) FROM {table} WHERE {where}"))

    def queues(self) -> dict[str, int]:
        """Messages in each queue, those included that a consumer has in its hands."""
        told = self.cluster.kubectl(
            "-n", self.servers, "exec", "wasl-rabbitmq-0", "--", "rabbitmqctl", "--silent",
            "list_queues", "name", "messages",
        )  # fmt: skip
        rows = (line.split("\t") for line in told.splitlines() if "\t" in line)
        return {name: int(count) if count.isdigit() else 1 for name, count in rows}

    def unfinished(self) -> dict[str, int]:
        """What is still on its way: outboxes, queues, the retry ladder. Dead letters are not."""
        try:
            waiting = {f"outbox of {name}": self.count(name, "outbox") for name in SERVICES}
            found = self.queues()
        except AssertionError:
            # A server is starting; nothing can be said.
            return {"unknown": 1}
        waiting |= {
            name: count
            for name, count in found.items()
            if name != FEED and not name.endswith(".dlq")
        }
        return {name: count for name, count in waiting.items() if count}

    def settle(self, *, seconds: float = 180) -> None:
        """Returns once nothing is on its way any more."""
        within(lambda: not self.unfinished(), seconds, lambda: f"still {self.unfinished()}")

    def dead_letters(self) -> int:
        """Dead letters in all queues together."""
        return sum(count for name, count in self.queues().items() if name.endswith(".dlq"))

    def wait_ready(self, *, seconds: float = 180) -> None:
        """Returns once everything has all its replicas, and the gateway reaches every service."""
        for namespace in {self.namespace, self.servers}:
            self.cluster.wait_ready(namespace, seconds=seconds)
        api = self.api()
        within(lambda: api.answer("GET", "/readyz").is_success, seconds, "the gateway is ready")

    def troubles(self) -> str:
        """The last words of the containers that failed."""
        found = []
        for pod in self.cluster.get("pods", self.namespace):
            status = pod["status"]
            for one in (
                *status.get("initContainerStatuses", ()),
                *status.get("containerStatuses", ()),
            ):
                for state in (one["state"], one.get("lastState", {})):
                    ended = state.get("terminated", {})
                    if ended.get("exitCode"):
                        name = pod["metadata"]["name"]
                        found.append(f"{name} {one['name']}: {ended.get('message', ended)}")
        return "\n".join(found)

    def load(self, *, rate: float, seconds: float) -> "subprocess.Popen[str]":
        """Starts load on the gateway, in the node's own network; it prints what came of it."""
        key = self.secret(f"{self.name}-keys", "admin-api-key")
        url = f"http://{self.cluster.load_address}:{GATEWAY_PORT}"
        return subprocess.Popen(
            [*self.cluster.inside, sys.executable, "-m", "tests.kubernetes.load", url, key,
             "--rate", str(rate), "--seconds", str(seconds)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
