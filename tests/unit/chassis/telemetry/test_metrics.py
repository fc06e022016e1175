"""The metrics are those of the schema, and cost next to nothing."""

from pathlib import Path
from urllib.request import urlopen

import yaml  # type: ignore[import-untyped]
from prometheus_client import REGISTRY

from chassis.telemetry import metrics

SCHEMA = Path(__file__).parents[4] / "deploy" / "observability" / "metrics.yaml"


def _use_every_metric() -> None:
    metrics.observe_rpc(0.01, service="contacts", method="GetContact", code="OK")
    metrics.observe_http(0.01, method="GET", route="/v1/contacts/{id}", status=200)
    metrics.set_outbox(pending=3, oldest_age=1.5)
    metrics.count_message("reporting.on_anything", outcome="done")
    metrics.observe_event_age(0.2, queue="reporting.on_anything")
    metrics.set_dead_letters(2, queue="reporting.on_anything")
    metrics.count_job_rows(500, kind="contacts.contacts.import", outcome="created")
    metrics.count_untold_refusal(service="contacts")


def test_what_is_exposed_is_what_the_schema_lists() -> None:
    _use_every_metric()
    listed = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["metrics"]
    exposed = {}
    for family in REGISTRY.collect():
        if family.name.startswith(("python_", "process_")):
            continue
        labels = {name for sample in family.samples for name in sample.labels if name != "le"}
        name = f"{family.name}_total" if family.type == "counter" else family.name
        exposed[name] = (family.type, labels, family.documentation)
    assert exposed == {
        metric["name"]: (metric["type"], set(metric["labels"]), metric["help"]) for metric in listed
    }


def test_an_observation_is_counted_under_its_labels() -> None:
    labels = {"service": "sales", "method": "WinOpportunity", "code": "OK"}
    for _ in range(3):
        metrics.observe_rpc(0.02, **labels)
    count = REGISTRY.get_sample_value("rpc_server_call_duration_seconds_count", labels)
    assert count == 3


def test_the_metrics_server_answers_on_a_free_port() -> None:
    _use_every_metric()
    port = metrics.start_metrics_server("127.0.0.1:0")
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    assert "wasl_outbox_pending_events 3.0" in text
