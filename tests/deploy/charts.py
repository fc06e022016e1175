"""Rendering the charts, and asking what came out."""

import subprocess
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.charts import HELM

Manifest = dict[str, Any]
# The one in C, where there is one: it is ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SERVICES = ("contacts", "identity", "reporting", "sales")
PARTS = (*SERVICES, "gateway", "web")
# What each mode needs to render.
DEV = {"mode": "dev"}
OPERATOR = {"mode": "operator"}
EXTERNAL: dict[str, Any] = {
    "mode": "external",
    **{
        name: {
            "database": {"existingSecret": f"{name}-db"},
            "broker": {"existingSecret": f"{name}-mq"},
        }
        for name in SERVICES
    },
}


class Refused(Exception):
    """What Helm says when it does not render."""


@dataclass(frozen=True)
class Charts:
    """The charts, ready to be rendered, and a folder for values."""

    folder: Path
    scratch: Path

    def render(
        self,
        values: Mapping[str, Any],
        *,
        chart: str = "wasl",
        release: str = "wasl",
        more: tuple[str, ...] = (),
    ) -> "Rendered":
        """Renders a chart with values. Refused when Helm does not."""
        file = self.scratch / "values.yaml"
        file.write_text(yaml.safe_dump(dict(values)))
        done = subprocess.run(
            [
                HELM,
                "template",
                release,
                self.folder / chart,
                "--namespace",
                "crm",
                "-f",
                file,
                *more,
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Refused(done.stderr)
        return Rendered([item for item in yaml.load_all(done.stdout, _LOADER) if item])


@dataclass(frozen=True)
class Rendered:
    """Manifests."""

    manifests: list[Manifest]

    def of(self, *kinds: str) -> list[Manifest]:
        """Those of some kinds."""
        return [item for item in self.manifests if item["kind"] in kinds]

    def one(self, kind: str, name: str) -> Manifest:
        """The one of a kind and name; AssertionError when there is not exactly one."""
        found = [item for item in self.of(kind) if item["metadata"]["name"] == name]
        assert len(found) == 1, f"{kind} {name}: {len(found)} of {self.names(kind)}"
        return found[0]

    def names(self, kind: str) -> list[str]:
        """The names of all of a kind."""
        return [item["metadata"]["name"] for item in self.of(kind)]

    def pods(self) -> Iterator[tuple[str, Manifest]]:
        """The template of every pod, with a name to complain by."""
        for item in self.of("Deployment", "StatefulSet", "Job"):
            yield f"{item['kind']} {item['metadata']['name']}", item["spec"]["template"]
        for item in self.of("CronJob"):
            job = item["spec"]["jobTemplate"]["spec"]
            yield f"CronJob {item['metadata']['name']}", job["template"]

    def containers(self) -> Iterator[tuple[str, Manifest]]:
        """Every container, those that run first included."""
        for name, pod in self.pods():
            for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]):
                yield f"{name}, container {container['name']}", container

    def job(self, service: str) -> Manifest:
        """The Job that migrates a service."""
        found = [
            item for item in self.of("Job") if f"-{service}-migrate-" in item["metadata"]["name"]
        ]
        assert len(found) == 1
        return found[0]


def secret(manifest: Manifest) -> dict[str, str]:
    """What a Secret holds, decoded."""
    return {key: b64decode(value).decode() for key, value in manifest["data"].items()}


def environment(container: Manifest) -> dict[str, Any]:
    """What a container's environment is made of: a text, or (Secret, key)."""
    told: dict[str, Any] = {}
    for entry in container.get("env", ()):
        if "value" in entry:
            told[entry["name"]] = entry["value"]
        else:
            reference = entry["valueFrom"]["secretKeyRef"]
            told[entry["name"]] = (reference["name"], reference["key"])
    return told
