"""What comes beside the suite: the notes after an installation, alerts and dashboards."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.deploy.charts import DEV, EXTERNAL, OPERATOR, Charts, Refused

NOTES = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
data:
  notes: {{ include (print $.Template.BasePath "/NOTES.txt") . | toJson }}
"""
ALERTS = """\
groups:
  - name: wasl
    rules:
      - alert: Old
        expr: age > 1
        annotations: {summary: "It is {{ $value }} on {{ $labels.pod }}"}
"""


@pytest.fixture(scope="module")
def extended(charts: Charts) -> Charts:
    """The charts with a manifest that holds the notes, with an alert and a dashboard."""
    folder = charts.scratch / "extended"
    shutil.copytree(charts.folder, folder)
    (folder / "wasl/templates/notes-as-a-manifest.yaml").write_text(NOTES)
    (folder / "wasl/files/alerts.yaml").write_text(ALERTS)
    (folder / "wasl/files/dashboards").mkdir(exist_ok=True)
    (folder / "wasl/files/dashboards/RED.json").write_text('{"title": "{{ not for Helm }}"}')
    return Charts(folder, charts.scratch)


@pytest.fixture(scope="module")
def notes(extended: Charts) -> Callable[[dict[str, Any]], str]:
    """What is printed after an installation with values."""

    def of(values: dict[str, Any]) -> str:
        said: str = extended.render(values).one("ConfigMap", "notes")["data"]["notes"]
        return said

    return of


def test_the_notes_say_where_it_is_and_how_to_sign_in(
    notes: Callable[[dict[str, Any]], str],
) -> None:
    inside = notes(DEV)
    assert "kubectl --namespace crm port-forward service/wasl-web 8080:8080" in inside
    assert "get secret wasl-keys" in inside
    assert 'index .data "admin-password" | base64decode' in inside
    exposed = notes(DEV | {"global": {"expose": {"kind": "ingress", "host": "crm.example"}}})
    assert "People open https://crm.example" in exposed
    assert "port-forward" not in exposed
    port = notes(DEV | {"web": {"serve": {"service": {"type": "NodePort"}}}})
    assert "at the NodePort of the service wasl-web" in port


def test_the_notes_warn_of_what_is_not_for_real_data(
    notes: Callable[[dict[str, Any]], str],
) -> None:
    warning = "WARNING: mode dev."
    assert warning in notes(DEV)
    assert warning not in notes(OPERATOR)
    assert warning not in notes(EXTERNAL)
    assert "No mail is sent" in notes(DEV)
    assert "No mail is sent" not in notes(DEV | {"global": {"mail": {"smtpUrl": "smtp://a"}}})
    assert "has no TLS" in notes(DEV | {"global": {"publicUrl": "http://crm.example"}})
    assert "has no TLS" not in notes(DEV | {"global": {"publicUrl": "http://localhost:8080"}})
    shut = notes(DEV | {"global": {"networkPolicy": {"enabled": False}}})
    assert "every pod of the cluster reaches the services" in shut
    own = notes(EXTERNAL | {"global": {"secrets": {"existingSecret": "vault"}}})
    assert "get secret vault" in own
    assert "Keep a copy" in notes(DEV)
    assert "Keep a copy" not in own


def test_alerts_and_dashboards_come_along_when_they_are_asked_for(extended: Charts) -> None:
    asked = {"rules": {"enabled": True}, "dashboards": {"enabled": True}}
    labels = {"monitoring": {"labels": {"release": "prometheus"}}}
    rendered = extended.render(DEV | {"monitoring": asked, "global": labels})
    rule = rendered.one("PrometheusRule", "wasl")
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    # Prometheus' own templates are not Helm's.
    summary = rule["spec"]["groups"][0]["rules"][0]["annotations"]["summary"]
    assert summary == "It is {{ $value }} on {{ $labels.pod }}"
    (name,) = [name for name in rendered.names("ConfigMap") if name == "wasl-dashboard-red"]
    dashboard = rendered.one("ConfigMap", name)
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert dashboard["data"]["RED.json"].strip() == '{"title": "{{ not for Helm }}"}'
    assert extended.render(DEV).of("PrometheusRule") == []


def test_alerts_and_dashboards_that_did_not_come_along_are_refused(extended: Charts) -> None:
    without = Charts(extended.scratch / "without", extended.scratch)
    shutil.copytree(extended.folder, without.folder)
    (without.folder / "wasl/files/alerts.yaml").unlink()
    shutil.rmtree(without.folder / "wasl/files/dashboards")
    for name in ("rules", "dashboards"):
        with pytest.raises(Refused, match=f"monitoring.{name}.enabled: this copy"):
            without.render(DEV | {"monitoring": {name: {"enabled": True}}})


def test_the_audit_log_is_verified_every_night_by_a_job_that_alerts_know(charts: Charts) -> None:
    job = charts.render(DEV).one("CronJob", "wasl-identity-audit-verify")
    assert job["spec"]["schedule"] == "30 2 * * *"
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["args"] == ["audit", "verify"]
    assert {"WASL_AUDIT_KEY", "WASL_DATABASE_URL"} <= {one["name"] for one in container["env"]}
    without = charts.render(DEV | {"identity": {"schedules": {"audit-verify": {"enabled": False}}}})
    assert without.names("CronJob") == []
