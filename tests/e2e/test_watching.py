"""A real Prometheus watches a whole suite at work: nothing is missing, unknown or too much."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench import load
from services.gateway.contract import load_contract
from services.gateway.router import Route, build_routes
from tests.e2e.suite import SERVICES, Suite, eventually, running_suite
from tests.e2e.watching import Prometheus, metrics_address, running_prometheus, schema
from tools.prometheus import find
from tools.promql import panels, rules_of
from tools.stack.layout import ROOT

PROCESSES = (*SERVICES, "gateway")
REQUESTS = 10_000
NOBODY = "01900000-0000-7000-8000-000000000000"
# Needs other exporters, or something to go wrong.
WITHOUT_DATA = {
    "Free on volumes", "Free on hosts", "Errors by route", "Tried again and given up",
    "Refusals that the audit log was not told",
}  # fmt: skip
# Comes into being once there were too many refusals for the audit log, which is a matter of speed.
NOT_HERE = {"wasl_audit_untold_refusals_total"}


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    """A suite that takes as many requests as come."""
    with pytest.MonkeyPatch.context() as told:
        told.setenv("WASL_RATE_LIMIT", "0")
        with running_suite() as started:
            yield started


@pytest.fixture(scope="module")
def prometheus(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has seen 10,000 requests to all routes."""
    with running_prometheus(suite) as started:
        # What is counted at the first scrape already has no rate.
        _work(suite, tmp_path_factory.mktemp("people"))
        eventually(lambda: started.query("wasl_consumer_messages_total"), what="a scrape")
        _ask_everything(suite)
        suite.settle()
        _work(suite, tmp_path_factory.mktemp("more"))
        suite.settle()
        eventually(
            lambda: _told_requests(started) >= REQUESTS, what="the last scrape", seconds=20
        )  # fmt: skip
        yield started


def _work(suite: Suite, folder: Path) -> None:
    api = suite.api()
    company = api.post("/v1/companies", {"name": "Alpine Foods"})
    etag = {"If-Match": f'"{company["etag"]}"'}
    api.call("PATCH", f"/v1/companies/{company['id']}", json={"industry": "food"}, headers=etag)
    deal = api.post("/v1/opportunities", {"name": "Renewal", "companyId": company["id"]})
    stages = api.get("/v1/pipelines")["pipelines"][0]["stages"]
    etag = {"If-Match": f'"{deal["etag"]}"'}
    to = {"stageId": stages[1]["id"]}
    api.call("PATCH", f"/v1/opportunities/{deal['id']}", json=to, headers=etag)
    api.post(f"/v1/opportunities/{deal['id']}:win", {})
    lost = api.post("/v1/opportunities", {"name": "Another"})
    api.post(f"/v1/opportunities/{lost['id']}:lose", {"reason": "price"})
    file = folder / "people.csv"
    file.write_text("First,Last\nSara,Rossi\nOmid,Karimi\n")
    columns = [{"column": "First", "field": "givenName"}, {"column": "Last", "field": "familyName"}]
    api.wait(api.upload("contacts", file, {"columns": columns}, service="contacts"))
    for password in (suite.admin["WASL_PASSWORD"], "is another"):
        answer = httpx.post(
            f"{suite.admin['WASL_URL']}/v1/sessions",
            json={"email": suite.admin["WASL_EMAIL"], "password": password},
            headers={"Origin": suite.admin["WASL_URL"]},
        )
        assert answer.status_code in (200, 201, 401), answer.text


def _ask_everything(suite: Suite) -> None:
    routes = [
        route
        for route in build_routes(load_contract(str(ROOT / "gen/wasl.binpb")))
        # Those take files.
        if not route.path.endswith((":import", ":preview"))
    ]
    key = suite.admin["WASL_API_KEY"]
    asked = (
        load.request(
            route.method,
            # What is there nowhere, and what is no id at all.
            _path(route) if number % 3 else route.path.replace("{", "").replace("}", ""),
            key=key,
            body=b"" if route.method == "GET" else b"{}",
        )
        for number in range(REQUESTS // len(routes) + 1)
        for route in routes
    )
    answered = load.run(suite.port, asked, seconds=120)
    assert answered.requests >= REQUESTS


def _path(route: Route) -> str:
    parts = route.path.split("{")
    return parts[0] + "".join(NOBODY + part.partition("}")[2] for part in parts[1:])


def _told_requests(prometheus: Prometheus) -> float:
    return prometheus.value("sum(http_server_requests_total)")


def _scraped(suite: Suite, name: str) -> str:
    return httpx.get(f"http://{metrics_address(suite, name)}/metrics").text


def test_every_target_is_up_and_no_scrape_fails(prometheus: Prometheus) -> None:
    targets = prometheus.ask("targets")["activeTargets"]
    assert {target["labels"]["wasl"]: target["health"] for target in targets} == dict.fromkeys(
        PROCESSES, "up"
    )
    assert [target["lastError"] for target in targets if target["lastError"]] == []
    assert prometheus.value("min(min_over_time(up[10m]))") == 1
    assert (
        prometheus.query(
            "sum(scrape_samples_post_metric_relabeling) != sum(scrape_samples_scraped)"
        )
        == []
    )


@pytest.mark.parametrize("name", PROCESSES)
def test_promtool_has_nothing_to_say_about_our_metrics(
    suite: Suite, prometheus: Prometheus, name: str
) -> None:
    promtool = find("promtool")
    assert promtool is not None
    done = subprocess.run(
        [promtool, "check", "metrics"], input=_scraped(suite, name),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_exposed_is_what_the_schema_lists(suite: Suite, prometheus: Prometheus) -> None:
    listed = schema()
    seen: set[str] = set()
    for name in PROCESSES:
        parts = {"gateway"} if name == "gateway" else {"serve", "work"}
        for family in text_string_to_metric_families(_scraped(suite, name)):
            metric = f"{family.name}_total" if family.type == "counter" else family.name
            assert metric in listed, f"{name} exposes {metric}, which metrics.yaml does not list"
            known = listed[metric]
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            assert (family.type, labels) == (
                known["type"],
                set(known["labels"]) if family.samples else set(),
            )
            assert parts & set(known["where"]), f"{name} exposes {metric}"
            seen.add(metric)
    assert listed.keys() - seen <= NOT_HERE


def test_no_process_has_two_thousand_series(
    prometheus: Prometheus, record_property: Callable[[str, object], None]
) -> None:
    assert _told_requests(prometheus) >= REQUESTS
    counted = {
        series["metric"]["wasl"]: int(series["value"][1])
        for series in prometheus.query("max by (wasl) (scrape_samples_scraped)")
    }
    record_property("series", counted)
    print(counted)
    assert counted.keys() == set(PROCESSES)
    assert max(counted.values()) < 2_000


def test_reading_the_metrics_takes_little(prometheus: Prometheus) -> None:
    slowest = prometheus.value("max(quantile_over_time(0.5, scrape_duration_seconds[5m]))")
    print(slowest)
    assert slowest < 0.25


def test_every_panel_answers_and_shows_something(prometheus: Prometheus) -> None:
    empty = {
        panel.title
        for panel in panels()
        if not prometheus.query(panel.expression.replace("[5m]", "[2m]"))
    }
    assert empty <= WITHOUT_DATA


def test_rules_are_evaluated_without_error_and_nothing_is_wrong(prometheus: Prometheus) -> None:
    groups = prometheus.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == len(rules_of("recording.yaml")) + len(rules_of("alerts.yaml"))
    assert [rule["lastError"] for rule in rules if rule.get("lastError")] == []
    assert {rule["health"] for rule in rules} == {"ok"}
    firing = [alert["labels"]["alertname"] for alert in prometheus.ask("alerts")["alerts"]]
    # A thousand calls that are refused in a second are an attack for all we know.
    assert set(firing) <= {"WaslUntoldRefusals", "WaslSignInsRefused"}
