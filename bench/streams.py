"""How fast events go out and in, and the report over as many deals as a budget names."""

import csv
import io
import json
import time
from collections.abc import Iterator

import httpx
import psycopg

from bench.requests import report
from bench.suite import Suite
from bench.table import Line

DEALS = 20_000
EVENTS = 20_000


def report_over_20_000_deals(suite: Suite) -> Iterator[Line]:
    """The pipeline report by stage, once 20,000 deals are in."""
    with suite.api as api:
        _import_deals(api)
        _wait_until_counted(api, DEALS)
    yield from report(suite)


def relay_and_consumer(suite: Suite) -> Iterator[Line]:
    """20,000 single events put into sales' outbox: how fast they leave it, and reach the facts.

    Each is the snapshot of a deal, one to a message, which is the dearest way an event can come.
    """
    sales = suite.environment("sales")["WASL_DATABASE_URL"].strip("'\"")
    reporting = suite.environment("reporting")["WASL_DATABASE_URL"].strip("'\"")
    with (
        psycopg.connect(sales, autocommit=True) as outbox,
        psycopg.connect(reporting, autocommit=True) as inbox,
    ):
        body = _snapshot(suite)
        before = _count(inbox, "inbox")
        outbox.execute(
            "INSERT INTO outbox (event_id, key, body) "
            "SELECT gen_random_uuid(), 'sales.opportunity.snapshotted', %s "
            "FROM generate_series(1, %s)",
            [body, EVENTS],
        )
        start = time.perf_counter()
        while _count(outbox, "outbox"):
            time.sleep(0.05)
        relayed = time.perf_counter() - start
        while _count(inbox, "inbox") < before + EVENTS:
            time.sleep(0.05)
        consumed = time.perf_counter() - start
    yield Line("relay", EVENTS / relayed, "events/s", 2000, "budget")
    yield Line("relay and consumer", EVENTS / consumed, "events/s", 2000, "budget")


def _snapshot(suite: Suite) -> bytes:
    from protobuf import message_from_json_value

    from wasl.sales.v1.events_pb import OpportunityChange, OpportunitySnapshotted
    from wasl.sales.v1.opportunity_pb import Opportunity

    with suite.api as api:
        found = api.get("/v1/opportunities", params={"pageSize": 1}).json()["opportunities"][0]
    deal = message_from_json_value(Opportunity, found)
    return bytes(OpportunitySnapshotted(changes=[OpportunityChange(opportunity=deal)]).to_binary())


def _import_deals(api: httpx.Client) -> None:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["number", "stage", "engaged", "closed", "amount"])
    for number in range(DEALS):
        stage = ("Won", "Lost", "Engaging", "Prospecting")[number % 4]
        day = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"
        writer.writerow([f"B-{number}", stage, "2026-01-01", day, f"{number % 5000}.50"])
    columns = [
        {"column": "number", "field": "name"},
        {"column": "number", "field": "externalId"},
        {"column": "stage", "field": "stageId", "lookup": "name"},
        {"column": "engaged", "field": "engageDate"},
        {"column": "closed", "field": "closeDate"},
        {"column": "amount", "field": "amount.amount"},
    ]
    options = {"columns": columns, "constants": {"amount.currency": "USD"}}
    files = {
        "options": (None, json.dumps(options), "application/json"),
        "file": ("deals.csv", table.getvalue().encode(), "text/csv"),
    }
    job = api.post("/v1/opportunities:import", files=files).raise_for_status().json()
    while job["state"] in ("QUEUED", "RUNNING"):
        time.sleep(0.25)
        job = api.get(f"/v1/sales/jobs/{job['id']}").json()
    assert job["progress"]["rowsCreated"] == str(DEALS), job


def _wait_until_counted(api: httpx.Client, deals: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = api.get("/v1/reports/pipeline:run").raise_for_status().json()
        if int(answer["total"]["deals"]) >= deals:
            return
        time.sleep(0.2)
    raise RuntimeError("the deals did not reach reporting")


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
