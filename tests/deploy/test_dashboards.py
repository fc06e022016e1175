"""Dashboards ask for what exists, in words that Prometheus understands and people do too."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.prometheus import find
from tools.promql import (
    Panel,
    dashboards,
    foreign_metrics,
    groupings_of,
    known_metrics,
    labels_of,
    metrics_of,
    panels,
    recorded,
)

DASHBOARDS = dashboards()
PANELS = list(panels())
ASKED_OF = {"services", "gateway", "messaging", "database", "business"}
_UNITS = {"reqps", "percentunit", "s", "none", "bytes", "cps", "ops"}


def test_there_is_a_dashboard_for_each_side() -> None:
    assert {Path(name).stem for name in DASHBOARDS} == ASKED_OF
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS)
    assert len({board["title"] for board in DASHBOARDS.values()}) == len(DASHBOARDS)


def test_every_expression_can_be_read(tmp_path: Path) -> None:
    promtool = find("promtool")
    if promtool is None:
        pytest.skip("needs promtool: install the package `prometheus`")
    rules = [{"record": f"panel:{i}", "expr": one.expression} for i, one in enumerate(PANELS)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(
        [promtool, "check", "rules", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.dashboard} {panel.title}")
def test_a_panel_asks_only_for_what_somebody_exposes(panel: Panel) -> None:
    known = known_metrics()
    asked = metrics_of(panel.expression) - {"vector"}
    assert asked
    assert asked <= known.keys() | foreign_metrics() | recorded()
    for metric, label in labels_of(panel.expression):
        assert metric not in known or label in known[metric], f"{metric} has no label {label}"
    everything = set().union(*known.values())
    assert groupings_of(panel.expression) <= everything


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_explains_itself(name: str) -> None:
    board: dict[str, Any] = DASHBOARDS[name]
    assert board["title"].startswith("Wasl: ")
    assert board["description"]
    variables = [one["name"] for one in board["templating"]["list"]]
    assert variables[:2] == ["datasource", "namespace"]
    shown = [panel for panel in board["panels"] if panel["type"] != "row"]
    titles = [panel["title"] for panel in shown]
    assert len(set(titles)) == len(titles)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in shown:
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in _UNITS, panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_lie_on_each_other(name: str) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_every_metric_of_ours_is_shown_somewhere() -> None:
    shown = set().union(*(metrics_of(panel.expression) for panel in PANELS))
    # These are told by others: how long a process has run, what Python it is.
    aside = {"process_start_time_seconds", "process_virtual_memory_bytes", "python_info"}
    families = {
        name for name in known_metrics() if not name.endswith(("_bucket", "_count", "_sum"))
    }
    assert families - aside <= shown
