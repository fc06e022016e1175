"""Every alert can be explained, fires when it should and keeps quiet when it need not."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.charts import copy_observability
from tools.prometheus import find
from tools.promql import (
    FOLDER,
    foreign_metrics,
    groupings_of,
    known_metrics,
    labels_of,
    metrics_of,
    recorded,
    rules_of,
)

RUNBOOKS = FOLDER.parents[1] / "docs/runbooks"
ALERTS = rules_of("alerts.yaml")
RECORDING = rules_of("recording.yaml")
TESTS = sorted((FOLDER / "tests").glob("*.yaml"))


def _id(rule: dict[str, Any]) -> str:
    """What an alert's tests are called: its name, and what tells it from others of that name."""
    told = rule["labels"]
    if "burn" in told:
        return f"{rule['alert']} {told['burn']}"
    if "place" in told:
        return f"{rule['alert']} {told['place']} {told['severity']}"
    alone = [other for other in ALERTS if other["alert"] == rule["alert"]]
    return rule["alert"] if len(alone) == 1 else f"{rule['alert']} {told['severity']}"


def _promtool(*arguments: str | Path) -> None:
    promtool = find("promtool")
    if promtool is None:
        pytest.skip("needs promtool: install the package `prometheus`")
    done = subprocess.run(
        [promtool, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_can_be_read() -> None:
    _promtool("check", "rules", FOLDER / "recording.yaml", FOLDER / "alerts.yaml")


def test_the_chart_brings_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    copy_observability(tmp_path)
    brought = tmp_path / "files/alerts.yaml"
    groups = yaml.safe_load(brought.read_text(encoding="utf-8"))["groups"]
    assert [rule for group in groups for rule in group["rules"]] == [*RECORDING, *ALERTS]
    _promtool("check", "rules", brought)


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should(file: Path) -> None:
    _promtool("test", "rules", file)


def test_every_alert_has_a_test_that_fires_and_one_that_does_not() -> None:
    tested = {}
    for file in TESTS:
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            for one in test.get("promql_expr_test", ()):
                tested[test["name"]] = bool(one["exp_samples"])
    names = [_id(rule) for rule in ALERTS]
    assert len(set(names)) == len(names)
    wanted = {f"{name} fires": True for name in names} | {
        f"{name} is quiet": False for name in names
    }
    assert tested == wanted


@pytest.mark.parametrize("rule", ALERTS, ids=_id)
def test_an_alert_says_what_it_means_and_has_its_page(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    page = RUNBOOKS / f"{rule['alert']}.md"
    assert told["runbook_url"].endswith(f"/runbooks/{page.name}")
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {rule['alert']}\n")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## What it means for people", "## How to look", "## How to mend"]


def test_every_page_belongs_to_an_alert_and_every_link_leads_somewhere() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == {rule["alert"] for rule in ALERTS}
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert all(f"({page}.md)" in index for page in pages)


@pytest.mark.parametrize("rule", [*RECORDING, *ALERTS], ids=lambda rule: rule.get("record") or "")
def test_a_rule_asks_only_for_what_somebody_exposes(rule: dict[str, Any]) -> None:
    known, made = known_metrics(), recorded()
    asked = metrics_of(rule["expr"])
    assert asked
    assert asked <= known.keys() | foreign_metrics() | made
    for metric, label in labels_of(rule["expr"]):
        assert metric not in known or label in known[metric], f"{metric} has no label {label}"
    everything = set().union(*known.values())
    assert groupings_of(rule["expr"]) <= everything


def test_every_foreign_metric_is_asked_for() -> None:
    asked = set().union(*(metrics_of(rule["expr"]) for rule in (*RECORDING, *ALERTS)))
    assert foreign_metrics() <= asked


def test_the_burn_rates_are_those_of_the_promise() -> None:
    found = {
        (rule["alert"], rule["labels"]["burn"], rule["labels"]["severity"])
        for rule in ALERTS
        if "burn" in rule["labels"]
    }
    rates = (("14.4x", "page"), ("6x", "page"), ("3x", "ticket"), ("1x", "ticket"))
    assert found == {
        (alert, burn, severity)
        for alert in ("WaslErrorBudgetBurn", "WaslLatencyBudgetBurn")
        for burn, severity in rates
    }
