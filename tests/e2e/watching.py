"""A real Prometheus beside a suite, with our rules."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.suite import SERVICES, Suite, eventually
from tools.prometheus import find
from tools.promql import FOLDER
from tools.stack import ports


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def ask(self, path: str, **query: str) -> Any:
        """The data of an answer of its API. AssertionError when it is an error."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=query, timeout=30).json()
        assert answer["status"] == "success", (query, answer)
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression is now: a series each, with its labels and value."""
        found: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return found

    def value(self, expression: str) -> float:
        """The one number that an expression is now."""
        ((series),) = self.query(expression)
        return float(series["value"][1])


def metrics_address(suite: Suite, name: str) -> str:
    """Where a process of a suite tells its metrics: `host:port`."""
    return f"127.0.0.1:{ports.remembered(suite.run / 'ports.json')[f'metrics.{name}']}"


@contextmanager
def running_prometheus(suite: Suite) -> Iterator[Prometheus]:
    """A Prometheus that scrapes each process of a suite every second; or skip without one."""
    program = find("prometheus")
    if program is None:
        pytest.skip("needs Prometheus: install the package `prometheus`")
    folder = Path(tempfile.mkdtemp(prefix="wasl-prometheus-"))
    port = ports.choose(folder / "ports.json", ["prometheus"])["prometheus"]
    # Each is one process here, which serves and works.
    targets = [
        {"targets": [metrics_address(suite, name)], "labels": {"wasl": name, "component": "run"}}
        for name in (*SERVICES, "gateway")
    ]
    job = {"job_name": "wasl", "honor_labels": True, "static_configs": targets}
    known = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(FOLDER / "recording.yaml"), str(FOLDER / "alerts.yaml")],
        "scrape_configs": [job],
    }
    (folder / "prometheus.yaml").write_text(json.dumps(known))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(program, f"--config.file={folder}/prometheus.yaml"),
                f"--web.listen-address=127.0.0.1:{port}",
                f"--storage.tsdb.path={folder}/data",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    prometheus = Prometheus(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: _is_ready(prometheus.url), what="Prometheus is ready")
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def schema() -> dict[str, dict[str, Any]]:
    """The metrics that we say we have, by name."""
    listed = yaml.safe_load((FOLDER / "metrics.yaml").read_text(encoding="utf-8"))["metrics"]
    return {metric["name"]: metric for metric in listed}
