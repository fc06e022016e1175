"""One trace from the request to the report; and nobody is named in traces or logs."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.client import Api
from tests.e2e.collector import Collector, Span, running_collector, strangers, whole_way
from tests.e2e.suite import SERVICES, Suite, running_suite

# What is in the records of this run and may be nowhere else.
PEOPLE = {
    "Zuleikha", "Vantongeren", "Ζαχαρίας", "گل‌پونه", "زهير", "zuleikha.v@personal.example",
    "mallory@personal.example", "+989127654321", "9127654321", "Quetzalcoatl Traders",
    "a very secret passphrase", "Ypsilanti Renewal",
}  # fmt: skip


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the suite sends its traces."""
    with running_collector() as started:
        yield started


@pytest.fixture(scope="module")
def suite(collector: Collector) -> Iterator[Suite]:
    """A suite that records every trace and logs all it ever logs."""
    with pytest.MonkeyPatch.context() as told:
        told.setenv("WASL_OTLP_ENDPOINT", collector.url)
        told.setenv("WASL_TRACE_RATIO", "1")
        told.setenv("WASL_LOG_LEVEL", "DEBUG")
        with running_suite() as started:
            yield started


def _traced(api: Api, method: str, path: str, **options: object) -> tuple[str, str]:
    """A call that succeeds, with a trace of our own; the ids of the trace and of our span."""
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace}-{span}-00"} | dict(options.pop("headers", {}))  # type: ignore[call-overload]
    api.call(method, path, headers=headers, **options)
    return trace, span


def test_one_trace_goes_from_the_request_to_the_report(suite: Suite, collector: Collector) -> None:
    api = suite.api()
    deal = api.post("/v1/opportunities", {"name": "Renewal"})
    stages = api.get("/v1/pipelines")["pipelines"][0]["stages"]
    # What is applied together is one transaction, and is shown in one of the traces only.
    suite.settle()
    trace, ours = _traced(
        api,
        "PATCH",
        f"/v1/opportunities/{deal['id']}",
        json={"stageId": stages[1]["id"]},
        headers={"If-Match": f'"{deal["etag"]}"'},
    )

    def complete(spans: list[Span]) -> bool:
        return whole_way(
            spans,
            rpc="wasl.sales.v1.OpportunityService/UpdateOpportunity",
            event="sales.opportunity.moved",
            queue="reporting.on_opportunity",
        )

    spans = collector.wait_for(trace, complete)
    # All of it hangs together: only the gateway's span is below one of somebody else.
    (first,) = strangers(spans)
    assert (first.service, first.parent) == ("gateway", ours)
    assert not any(span.failed for span in spans)
    assert {span.service for span in spans} >= {"gateway", "sales", "reporting"}


def test_a_service_that_asks_another_goes_on_with_the_trace(
    suite: Suite, collector: Collector
) -> None:
    api = suite.api()
    company = api.post("/v1/companies", {"name": "Alpine"})
    body = {"name": "Renewal", "companyId": company["id"]}
    trace, _ = _traced(api, "POST", "/v1/opportunities", json=body)

    def complete(spans: list[Span]) -> bool:
        by_id = {span.id: span for span in spans}
        return any(
            span.service == "contacts"
            and span.kind == "SERVER"
            and span.parent in by_id
            and by_id[span.parent].service == "sales"
            for span in spans
        )

    collector.wait_for(trace, complete)


def test_a_refusal_is_marked_and_not_quoted(suite: Suite, collector: Collector) -> None:
    trace, ours = secrets.token_hex(16), secrets.token_hex(8)
    answer = suite.api().answer(
        "GET",
        "/v1/contacts/01900000-0000-7000-8000-000000000000",
        headers={"traceparent": f"00-{trace}-{ours}-00"},
    )
    assert answer.status_code == 404
    spans = collector.wait_for(trace, lambda spans: any(span.failed for span in spans))
    failed = [span for span in spans if span.failed]
    assert {span.attributes["error.type"] for span in failed} == {"NotFound"}


def test_nobody_is_named_in_logs_or_traces(
    suite: Suite, collector: Collector, tmp_path: Path
) -> None:
    api = suite.api()
    _handle_people(suite, api, tmp_path)
    suite.settle()
    # The last traces are sent when processes end; what is in memory now is enough of them.
    seen = len(collector.received)
    trace, _ = _traced(api, "GET", "/v1/contacts", params={"q": "Zuleikha"})
    collector.wait_for(trace, lambda spans: any(span.service == "contacts" for span in spans))
    assert len(collector.received) > seen
    spans = b"".join(collector.received)
    assert b"INSERT INTO contact" in spans
    assert {word for word in PEOPLE if word.encode() in spans} == set()
    logs = {name: (suite.run / f"log/{name}.log").read_text() for name in (*SERVICES, "gateway")}
    for name, text in logs.items():
        said = {
            word
            for word in PEOPLE
            # As it is, and as JSON may write it.
            if word in text or json.dumps(word)[1:-1] in text
        }
        assert said == set(), name
    lines = [line for text in logs.values() for line in text.splitlines()]
    assert lines
    read = [json.loads(line[line.index("{") :]) for line in lines if "{" in line]
    assert len(read) >= len(lines) * 0.9
    # What belongs to a request says to which.
    failed = [line for line in read if line["message"] == "rpc failed"]
    assert all("trace_id" in line for line in failed)
    assert any("trace_id" in line for line in read)


def _handle_people(suite: Suite, api: Api, folder: Path) -> None:
    """Everything that goes well and everything that goes wrong with people's data."""
    person = {
        "givenName": "Zuleikha",
        "familyName": "Vantongeren",
        "emails": [{"address": "zuleikha.v@personal.example"}],
        "phones": [{"number": "+989127654321"}],
    }
    company = api.post("/v1/companies", {"name": "Quetzalcoatl Traders"})
    contact = api.post("/v1/contacts", person | {"companyId": company["id"]})
    api.post("/v1/opportunities", {"name": "Ypsilanti Renewal", "companyId": company["id"]})
    for name in ("Ζαχαρίας", "گل‌پونه", "زهير"):
        api.post("/v1/contacts", {"givenName": name})
    for filter_ in ('familyName = "Vantongeren"', 'familyName = "Vantongeren', 'nothing = "زهير"'):
        api.answer("GET", "/v1/contacts", params={"filter": filter_})
    api.get("/v1/contacts", q="9127654321")
    for wrong in (
        {"givenName": "Zuleikha", "emails": [{"address": "zuleikha.v@personal.example@"}]},
        {"givenName": "Zuleikha", "phones": [{"number": "+9891276543210000000"}]},
        {"givenName": "Zuleikha" * 100},
        {"zuleikha.v@personal.example": "Vantongeren"},
        person | {"companyId": contact["id"]},
    ):
        assert api.answer("POST", "/v1/contacts", json=wrong).status_code >= 400
    headers = {"If-Match": '"99"'}
    path = f"/v1/contacts/{contact['id']}"
    assert api.answer("PATCH", path, json=person, headers=headers).status_code == 412
    file = folder / "Vantongeren.csv"
    file.write_text(
        "First,Last,Mail\nZuleikha,Vantongeren,zuleikha.v@personal.example\n"
        "Zuleikha,Vantongeren,zuleikha.v@personal.example@\n"
    )
    columns = [
        {"column": "First", "field": "givenName"},
        {"column": "Last", "field": "familyName"},
        {"column": "Mail", "field": "emails.address"},
    ]
    api.wait(api.upload("contacts", file, {"columns": columns}, service="contacts"))
    again = {"email": "zuleikha.v@personal.example", "displayName": "Vantongeren"}
    user = api.post("/v1/users", again)
    api.answer("POST", f"/v1/users/{user['id']}:invite", json={})
    assert api.answer("POST", "/v1/users", json=again).status_code >= 400
    for email in ("zuleikha.v@personal.example", "mallory@personal.example"):
        body = {"email": email, "password": "a very secret passphrase"}
        address, origin = suite.admin["WASL_URL"], {"Origin": suite.admin["WASL_URL"]}
        for route in ("sessions", "password:requestReset"):
            httpx.post(f"{address}/v1/{route}", json=body, headers=origin)
