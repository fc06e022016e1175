"""The metrics are those of the schema, and cost next to nothing."""

from pathlib import Path
from urllib.request import urlopen

import yaml
from prometheus_client import REGISTRY
from sqlalchemy.pool import QueuePool

from chassis.telemetry import exposition, metrics

SCHEMA = Path(__file__).parents[4] / "deploy" / "observability" / "metrics.yaml"


def _use_every_metric() -> None:
    pool = QueuePool(lambda: None, pool_size=16)  # type: ignore[arg-type,return-value]
    exposition.describe_process("contacts", pools={"requests": lambda: pool})
    queue = "reporting.on_anything"
    metrics.observe_rpc(0.01, service="contacts", method="GetContact", code="OK")
    metrics.observe_http(
        0.01, method="GET", route="/v1/contacts/{id}", service="contacts", status=200
    )
    metrics.set_relay(active=True)
    metrics.set_outbox(pending=3, oldest_age=1.5)
    metrics.set_database_connected(True)
    metrics.set_broker_connected(True, connection="contacts relay")
    metrics.count_event("contacts.contact.created", changes=500)
    metrics.count_message(queue, outcome="done")
    metrics.observe_event_age(0.2, queue=queue)
    metrics.set_waiting(3, queue=queue)
    metrics.set_dead_letters(2, queue=queue)
    metrics.count_job(kind="contacts.contacts.import", state="SUCCEEDED")
    metrics.count_job_rows(500, kind="contacts.contacts.import", outcome="created")
    metrics.observe_connection_wait(0.001, pool="requests")
    metrics.count_sign_in(method="password", outcome="failed")
    metrics.count_untold_refusal(service="contacts")


def test_what_is_exposed_is_what_the_schema_lists() -> None:
    _use_every_metric()
    listed = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["metrics"]
    exposed = {}
    for family in REGISTRY.collect():
        labels = {name for sample in family.samples for name in sample.labels if name != "le"}
        name = f"{family.name}_total" if family.type == "counter" else family.name
        exposed[name] = (family.type, labels, family.documentation)
    assert exposed == {
        metric["name"]: (metric["type"], set(metric["labels"]), metric["help"]) for metric in listed
    }


def test_an_observation_is_counted_under_its_labels() -> None:
    labels = {"service": "sales", "method": "WinOpportunity"}
    for code in ("OK", "OK", "NOT_FOUND"):
        metrics.observe_rpc(0.02, **labels, code=code)
    count = REGISTRY.get_sample_value("rpc_server_call_duration_seconds_count", labels)
    assert count == 3
    assert REGISTRY.get_sample_value("rpc_server_calls_total", labels | {"code": "OK"}) == 2


def test_who_relays_no_more_knows_nothing_of_the_outbox() -> None:
    metrics.set_relay(active=True)
    metrics.set_outbox(pending=3, oldest_age=1.5)
    metrics.set_relay(active=False)
    assert REGISTRY.get_sample_value("wasl_outbox_pending_events") == 0
    assert REGISTRY.get_sample_value("wasl_outbox_oldest_pending_age_seconds") == 0


def test_the_metrics_server_answers_on_a_free_port() -> None:
    _use_every_metric()
    port = exposition.start_metrics_server("127.0.0.1:0")
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    assert "wasl_outbox_pending_events 3.0" in text
    assert 'wasl_database_connections_limit{pool="requests"} 16.0' in text
    # When something was counted first is a series of its own that nobody asks for.
    assert "_created" not in text
