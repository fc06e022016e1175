"""What watches a suite on one Docker host fits what the suite has."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.prometheus import find
from tools.promql import FOLDER
from tools.stack.layout import GATEWAY, layout

COMPOSE = FOLDER.parent / "compose/compose.observability.yaml"
PROCESSES = {
    (name, component)
    for name in layout().names()
    for component in (("serve",) if name == GATEWAY else ("serve", "work"))
}


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_every_process_is_scraped_under_its_name() -> None:
    (job,) = (
        job
        for job in _read(FOLDER / "prometheus.yaml")["scrape_configs"]
        if job["job_name"] == "wasl"
    )
    assert job["honor_labels"]
    scraped = {
        (one["labels"]["wasl"], one["labels"]["component"]): one["targets"]
        for one in job["static_configs"]
    }
    assert scraped == {
        (name, component): [f"{name}{'-work' if component == 'work' else ''}:9464"]
        for name, component in PROCESSES
    }


def test_promtool_takes_the_configuration(tmp_path: Path) -> None:
    promtool = find("promtool")
    if promtool is None:
        pytest.skip("needs promtool: install the package `prometheus`")
    text = (FOLDER / "prometheus.yaml").read_text(encoding="utf-8")
    file = tmp_path / "prometheus.yaml"
    file.write_text(text.replace("/etc/prometheus/rules/*", f"{FOLDER}/[ar]*s"))
    done = subprocess.run(
        [promtool, "check", "config", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_sends_its_traces_and_every_file_is_there() -> None:
    services = _read(COMPOSE)["services"]
    for name, component in PROCESSES:
        told = services[f"{name}-work" if component == "work" else name]["environment"]
        assert told == {"WASL_OTLP_ENDPOINT": "http://jaeger:4318"}
    for service in services.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith(".."):
                assert (COMPOSE.parent / source).exists(), source
        # What asks nobody who they are is for this machine only.
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_both_files_together_make_sense() -> None:
    suite, watching = _read(COMPOSE.with_name("compose.yaml")), _read(COMPOSE)
    added = watching["services"].keys() - suite["services"].keys()
    assert added == {"prometheus", "node-exporter", "grafana", "jaeger"}
    networks = suite["networks"] | watching["networks"]
    for name in added:
        service = watching["services"][name]
        assert service["image"]
        assert "back" in service["networks"]
        # A network without a way out opens no port either.
        ways = [one for one in service["networks"] if not (networks[one] or {}).get("internal")]
        assert bool(service.get("ports")) == bool(ways), name


def test_what_is_provisioned_is_what_compose_mounts() -> None:
    volumes = _read(COMPOSE)["services"]["grafana"]["volumes"]
    targets = {volume.split(":")[1] for volume in volumes}
    (provider,) = _read(FOLDER / "grafana/dashboards.yaml")["providers"]
    assert provider["options"]["path"] in targets
    names = {source["name"] for source in _read(FOLDER / "grafana/datasources.yaml")["datasources"]}
    assert names == {"Prometheus", "Jaeger"}
