"""Every mode and every option renders to what Kubernetes takes."""

import json
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.charts import DEV, EXTERNAL, OPERATOR, PARTS, SERVICES, Charts, Rendered
from tests.deploy.options import OPTIONS
from tools.charts import HASHES, HELM, ROOT, hashes_file

VERSIONS = ("1.32", "1.33", "1.34", "1.35")
# Kinds of operators, whose schemas Kubernetes does not come with.
FOREIGN = {
    "Cluster", "Database", "HTTPRoute", "Permission", "PrometheusRule", "RabbitmqCluster",
    "PodMonitor", "ScaledObject", "ServiceMonitor", "User",
}  # fmt: skip


@pytest.fixture(scope="session", params=["dev", "operator", "external", *OPTIONS])
def variant(request: pytest.FixtureRequest, charts: Charts) -> Rendered:
    """Each mode, and each group of options."""
    if request.param in OPTIONS:
        return charts.render(OPTIONS[request.param])
    found: Rendered = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def taken() -> set[tuple[str, str]]:
    """What was found to be right: most options change a few manifests of a hundred."""
    return set()


@pytest.mark.parametrize(
    "values", [DEV, OPERATOR, EXTERNAL], ids=lambda values: str(values["mode"])
)
def test_lint_has_nothing_to_say(charts: Charts, values: dict[str, Any]) -> None:
    file = charts.scratch / "lint.yaml"
    file.write_text(yaml.safe_dump(values))
    for arguments in ([charts.folder / "wasl", "-f", file], [charts.folder / "wasl-service"]):
        done = subprocess.run(
            [HELM, "lint", "--strict", *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "WARNING" not in done.stdout


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_kubernetes_takes_every_manifest(
    variant: Rendered, version: str, taken: set[tuple[str, str]]
) -> None:
    for manifest in variant.manifests:
        asked = (version, json.dumps(manifest, sort_keys=True))
        if manifest["kind"] not in FOREIGN and asked not in taken:
            kubernetes_validate.validate(manifest, version, strict=True)
            taken.add(asked)


def test_no_two_objects_have_one_name(variant: Rendered) -> None:
    counted = Counter((item["kind"], item["metadata"]["name"]) for item in variant.manifests)
    assert [key for key, count in counted.items() if count > 1] == []
    assert all(len(name) <= 63 for _, name in counted)


def test_no_namespace_and_no_hook_is_written_in(variant: Rendered) -> None:
    for item in variant.manifests:
        assert "namespace" not in item["metadata"], item["metadata"]
        annotations = item["metadata"].get("annotations", {})
        assert not [name for name in annotations if name.startswith("helm.sh/hook")]


def test_what_selects_finds_pods_and_nothing_else(variant: Rendered) -> None:
    pods = [(name, pod["metadata"]["labels"]) for name, pod in variant.pods()]

    def found(wanted: dict[str, str]) -> list[str]:
        return [name for name, labels in pods if wanted.items() <= labels.items()]

    for item in variant.of("Service"):
        assert found(item["spec"]["selector"]), item["metadata"]["name"]
    for item in variant.of("Deployment", "StatefulSet"):
        wanted = item["spec"]["selector"]["matchLabels"]
        assert found(wanted) == [f"{item['kind']} {item['metadata']['name']}"]
    for item in variant.of("PodDisruptionBudget"):
        wanted = item["spec"]["selector"]["matchLabels"]
        assert found(wanted) == [f"Deployment {item['metadata']['name']}"]
    for item in variant.of("HorizontalPodAutoscaler", "ScaledObject"):
        assert item["spec"]["scaleTargetRef"]["name"] in variant.names("Deployment")


def test_a_service_leads_to_ports_that_its_pods_have(variant: Rendered) -> None:
    for service in variant.of("Service"):
        for name, pod in variant.pods():
            if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items():
                ports = {
                    port["name"]
                    for container in pod["spec"]["containers"]
                    for port in container.get("ports", ())
                }
                assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports, name


def test_what_is_referred_to_is_made_or_was_named(dev: Rendered) -> None:
    """Every Secret, ConfigMap and ServiceAccount that a pod wants is there."""
    for name, pod in dev.pods():
        assert pod["spec"].get("serviceAccountName", "default") in {
            "default", *dev.names("ServiceAccount"),
        }, name  # fmt: skip
        for volume in pod["spec"]["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["secretName"] in dev.names("Secret")
            if "configMap" in volume:
                assert volume["configMap"]["name"] in dev.names("ConfigMap")
    for name, container in dev.containers():
        for source in container.get("envFrom", ()):
            assert source["configMapRef"]["name"] in dev.names("ConfigMap"), name
        for entry in container.get("env", ()):
            if "valueFrom" in entry:
                reference = entry["valueFrom"]["secretKeyRef"]
                held = dev.one("Secret", reference["name"])["data"]
                assert reference["key"] in held or reference["optional"], (name, entry)


def test_the_charts_have_the_version_of_the_product(sources: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name in ("wasl", "wasl-service"):
        chart = yaml.safe_load((sources / name / "Chart.yaml").read_text())
        assert (chart["version"], chart["appVersion"]) == (version, version)
        for dependency in chart.get("dependencies", ()):
            assert dependency["version"] == version


def test_the_suite_has_every_service_that_there_is(sources: Path, dev: Rendered) -> None:
    chart = yaml.safe_load((sources / "wasl/Chart.yaml").read_text())
    services = {path.parent.name for path in (ROOT / "services").glob("*/__main__.py")}
    assert {entry["alias"] for entry in chart["dependencies"]} == {*services, "web"}
    assert set(SERVICES) == services - {"gateway"}
    assert {f"wasl-{name}" for name in PARTS} <= set(dev.names("Deployment"))


def test_the_hashes_of_the_migrations_are_those_of_the_migrations() -> None:
    assert HASHES.read_text() == hashes_file(), "run `make charts` and commit the file"


def test_what_every_service_is_told_has_one_default(sources: Path) -> None:
    suite, service = (
        yaml.safe_load((sources / name / "values.yaml").read_text())["global"]
        for name in ("wasl", "wasl-service")
    )
    assert suite == service


def test_every_value_says_what_it_does(sources: Path) -> None:
    """A comment above each group; within, where the name does not say it all."""
    for name in ("wasl", "wasl-service"):
        lines = (sources / name / "values.yaml").read_text().splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if (
                name == "wasl-service"
                and line == "# Set by the chart wasl, where each is described."
            ):
                break
            if line and not line.startswith((" ", "#")):
                assert before.startswith("#"), f"{name}: {line}"


def test_rendering_again_changes_only_what_is_random(charts: Charts, dev: Rendered) -> None:
    def steady(rendered: Rendered) -> list[dict[str, Any]]:
        return [item for item in rendered.manifests if item["kind"] != "Secret"]

    assert steady(charts.render(DEV)) == steady(dev)
    with_secrets = EXTERNAL | {"global": {"secrets": {"existingSecret": "wasl-secrets"}}}
    assert charts.render(with_secrets) == charts.render(with_secrets)
    assert charts.render(with_secrets).of("Secret") == []


def test_the_schemas_refuse_what_they_do_not_know_everywhere(sources: Path) -> None:
    open_on_purpose = {"affinity", "spec", "valueFrom", "requests", "limits", "ipBlock", "global",
                       "namespaceSelector", "podSelector", "service", "items"}  # fmt: skip

    def walk(schema: Any, name: str) -> list[str]:
        if not isinstance(schema, dict):
            return []
        found = []
        if schema.get("type") == "object" and "additionalProperties" not in schema:
            found.append(name)
        for key, value in schema.items():
            if key in ("properties", "definitions"):
                for inner, part in value.items():
                    found += walk(part, inner)
            else:
                found += walk(value, key)
        return found

    for chart in ("wasl", "wasl-service"):
        schema = json.loads((sources / chart / "values.schema.json").read_text())
        assert set(walk(schema, "root")) <= open_on_purpose
