"""What PromQL expressions ask for, so that no rule and no panel asks for what nobody exposes."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "deploy/observability"
# What Prometheus puts on the series of every target of Wasl.
TARGET_LABELS = frozenset({"wasl", "component", "namespace", "instance", "job", "pod"})
_KEYWORDS = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring"})
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"(?<![\w.:])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")
_HISTOGRAM = ("_bucket", "_count", "_sum")
# What Grafana fills in, as it might.
_VARIABLES = {"$__rate_interval": "5m", "$__range": "1h"}


class Panel(NamedTuple):
    """One expression of a dashboard's panel."""

    dashboard: str
    title: str
    expression: str


def metrics_of(expression: str) -> set[str]:
    """The names of the series that an expression asks for, those of recording rules included."""
    bare = _GROUPING.sub(" ", re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", _STRING.sub("", expression)))
    return {name for name in _NAME.findall(bare) if name not in _KEYWORDS}


def labels_of(expression: str) -> set[tuple[str, str]]:
    """Metric and label, for every label that a selector asks for."""
    bare = _STRING.sub("", expression)
    return {
        (name, label)
        for name, matchers in _SELECTOR.findall(bare)
        for label in _MATCHER.findall(matchers)
    }


def groupings_of(expression: str) -> set[str]:
    """The labels that an expression groups or joins by."""
    found = _GROUPING.findall(_STRING.sub("", expression))
    return {label.strip() for group in found for label in group.split(",") if label.strip()}


def known_metrics() -> Mapping[str, frozenset[str]]:
    """Every series that we expose, with its labels; a histogram has three."""
    known: dict[str, frozenset[str]] = {}
    for metric in _read("metrics.yaml")["metrics"]:
        labels = frozenset(metric["labels"]) | TARGET_LABELS
        if metric["type"] == "histogram":
            known |= {f"{metric['name']}{part}": labels | {"le"} for part in _HISTOGRAM}
        else:
            known[metric["name"]] = labels
    return known


def foreign_metrics() -> set[str]:
    """The series of other exporters that may be asked for."""
    return {name for names in _read("foreign.yaml").values() for name in names}


def rules_of(name: str) -> list[dict[str, Any]]:
    """The rules of a file, in their order."""
    return [rule for group in _read(name)["groups"] for rule in group["rules"]]


def recorded() -> set[str]:
    """What the recording rules make."""
    return {rule["record"] for rule in rules_of("recording.yaml")}


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards, by file name."""
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((FOLDER / "dashboards").glob("*.json"))
    }


def panels() -> Iterator[Panel]:
    """Every expression of every panel, with its variables filled in so that all is asked for."""
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield Panel(name, panel["title"], filled_in(target["expr"]))


def filled_in(expression: str) -> str:
    """An expression as Prometheus is asked it, with every variable at `All`."""
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    return re.sub(r"\$\w+", ".*", expression)


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
