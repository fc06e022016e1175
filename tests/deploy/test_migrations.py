"""Migrations: a Job for each state of a service, for which the pods wait."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.charts import DEV, EXTERNAL, OPERATOR, SERVICES, Charts, Rendered
from tests.deploy.options import OPTIONS
from tools.charts import HASHES


def _all(values: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(SERVICES, values)


def _names(rendered: Rendered) -> dict[str, str]:
    return {name: rendered.job(name)["metadata"]["name"] for name in SERVICES}


def test_every_service_with_a_database_has_one_job(rendered: Rendered) -> None:
    names = _names(rendered)
    migrating = [name for name in rendered.names("Job") if "-migrate-" in name]
    assert sorted(migrating) == sorted(names.values())


def test_the_same_values_make_the_same_job_which_is_therefore_left_alone(
    charts: Charts, dev: Rendered
) -> None:
    again = charts.render(DEV)
    assert [again.job(name) for name in SERVICES] == [dev.job(name) for name in SERVICES]


def test_no_two_jobs_of_one_name_differ_whatever_the_values(charts: Charts) -> None:
    """Kubernetes would refuse to make the one out of the other."""
    known: dict[str, Any] = {}
    for values in (DEV, OPERATOR, EXTERNAL, *OPTIONS.values()):
        for item in charts.render(values).of("Job"):
            assert known.setdefault(item["metadata"]["name"], item["spec"]) == item["spec"]
    assert len(known) > 3 * len(SERVICES)


# Each stands for a field of the Job that Kubernetes does not change.
@pytest.mark.parametrize(
    "values",
    [
        {"global": {"image": {"tag": "0.2.0"}}},
        {"global": {"pods": {"nodeSelector": {"disk": "ssd"}}}},
        {"global": {"config": {"logLevel": "DEBUG"}}},
        {"global": {"imagePullSecrets": ["pull"]}},
        _all({"migrate": {"resources": {"limits": {"memory": "1Gi"}}}}),
        _all({"settings": {"WASL_THREADS": 4}}),
        _all({"migrate": {"backoffLimit": 1}}),
        _all({"migrate": {"revision": "another"}}),
    ],
    ids=str,
)
def test_whatever_a_job_cannot_change_makes_another_job(
    charts: Charts, dev: Rendered, values: dict[str, Any]
) -> None:
    before, after = _names(dev), _names(charts.render(DEV | values))
    assert [name for name in SERVICES if before[name] == after[name]] == []


@pytest.mark.parametrize(
    "values",
    [
        _all({"serve": {"replicas": 3}, "work": {"replicas": 2}}),
        {"web": {"enabled": True}, "admin": {"email": "somebody@else.example"}},
        {"dev": {"rabbitmq": {"memoryMiB": 2048}}},
    ],
    ids=str,
)
def test_what_has_nothing_to_do_with_it_does_not(
    charts: Charts, dev: Rendered, values: dict[str, Any]
) -> None:
    assert _names(charts.render(DEV | values)) == _names(dev)


def test_other_migrations_make_another_job_of_their_service_alone(
    charts: Charts, dev: Rendered
) -> None:
    written = charts.folder / "wasl-service/files" / HASHES.name
    hashes = json.loads(written.read_text())
    before = dev.job("sales")["metadata"]
    assert before["annotations"]["wasl/migrations"] == hashes["sales"]
    # What lies in charts/ as a folder is taken as what is packed there.
    changed = charts.scratch / "changed"
    copied = changed / "wasl"
    _copy(charts, copied)
    inner = copied / "charts/wasl-service/files" / HASHES.name
    inner.write_text(json.dumps(hashes | {"sales": "another"}))
    after = Charts(changed, charts.scratch).render(DEV)
    assert after.job("sales")["metadata"]["name"] != before["name"]
    assert after.job("contacts") == dev.job("contacts")


def _copy(charts: Charts, target: Path) -> None:
    shutil.copytree(charts.folder / "wasl", target, ignore=shutil.ignore_patterns("*.tgz"))
    shutil.copytree(charts.folder / "wasl-service", target / "charts/wasl-service")


def test_pods_wait_for_the_schema_and_the_job_does_not(rendered: Rendered) -> None:
    for name in SERVICES:
        for part in (f"wasl-{name}", f"wasl-{name}-work"):
            spec = rendered.one("Deployment", part)["spec"]["template"]["spec"]
            (waiting,) = spec["initContainers"]
            assert waiting["args"] == ["check", "--wait", "300"]
            assert waiting["image"] == spec["containers"][0]["image"]
        spec = rendered.job(name)["spec"]["template"]["spec"]
        assert "initContainers" not in spec
        assert spec["containers"][0]["args"] == ["migrate"]
        assert spec["restartPolicy"] == "Never"
    for name in ("wasl-gateway", "wasl-web"):
        spec = rendered.one("Deployment", name)["spec"]["template"]["spec"]
        assert "initContainers" not in spec


def test_a_job_gives_up_and_stays_to_be_read(rendered: Rendered) -> None:
    for item in rendered.of("Job"):
        assert item["spec"]["backoffLimit"] <= 6
        assert item["spec"]["activeDeadlineSeconds"] <= 3600
        # It would come back at every sync of Argo CD, and nobody could read why it failed.
        assert "ttlSecondsAfterFinished" not in item["spec"]
        assert "annotations" not in item["metadata"] or not any(
            "hook" in name for name in item["metadata"]["annotations"]
        )


def test_each_upgrade_of_mode_dev_looks_after_the_databases_again(
    charts: Charts, dev: Rendered
) -> None:
    def made(rendered: Rendered) -> str:
        (name,) = [name for name in rendered.names("Job") if "-databases-" in name]
        return name

    upgraded = charts.render(DEV, more=("--is-upgrade",))
    assert made(upgraded) == made(dev)
    fewer = charts.render(DEV | {"sales": {"enabled": False}})
    assert made(fewer) != made(dev)
    told = fewer.one("Job", made(fewer))["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "SERVICES", "value": "contacts identity reporting"} in told
