"""Imports, the way of events, and memory."""

import csv
import io
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx

from bench.suite import Suite, proportional_memory
from bench.table import Line

GIVEN = ["محمد", "علی", "زهرا", "فاطمة", "أحمد", "Anna", "Paul", "Noah", "مریم", "خالد"]
FAMILY = ["رضایی", "احمدی", "الحربي", "Müller", "Smith", "García", "کریمی", "Novak"]


def imports(suite: Suite, *, rows: int) -> Iterator[Line]:
    """Contacts by CSV, with validation, duplicate check and events on."""
    with suite.api as api:
        job = import_contacts(api, rows)
    rate = job["progress"]["rowsPerSecond"]
    note = f"{job['progress']['rowsCreated']} created, {job['progress']['rowsFailed']} failed"
    yield Line("CSV import", rate, "rows/s", 5000, "budget", note=note)


def import_contacts(api: httpx.Client, rows: int) -> dict[str, Any]:
    """Imports some made-up contacts and waits for the end."""
    rng = random.Random(rows)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["given", "family", "email", "phone", "title", "city"])
    tag = rng.getrandbits(40)
    for number in range(rows):
        writer.writerow(
            [
                rng.choice(GIVEN),
                f"{rng.choice(FAMILY)} {rng.randrange(10_000)}",
                f"p{number}.{tag}@import.example",
                f"+98912{rng.randrange(10**7):07}",
                "مدیر",
                "تهران",
            ]
        )
    fields = {
        "given": "givenName",
        "family": "familyName",
        "email": "emails.address",
        "phone": "phones.number",
        "title": "jobTitle",
        "city": "addresses.city",
    }
    options = {
        "columns": [{"column": name, "field": field} for name, field in fields.items()],
        "onDuplicate": "SKIP",
    }
    answer = api.post(
        "/v1/contacts:import",
        files={
            "options": (None, json.dumps(options), "application/json"),
            "file": ("contacts.csv", table.getvalue().encode(), "text/csv"),
        },
    )
    answer.raise_for_status()
    job: dict[str, Any] = answer.json()
    while job["state"] in ("QUEUED", "RUNNING"):
        time.sleep(0.25)
        job = api.get(f"/v1/contacts/jobs/{job['id']}").json()
    assert job["state"] == "SUCCEEDED", job
    return job


def visible(suite: Suite, *, deals: int = 100) -> Iterator[Line]:
    """From the commit of a deal in sales to the figure in reporting."""
    waits: list[float] = []
    with suite.api as api:
        before = _deals(api)
        for number in range(deals):
            deal = {"name": "Seen", "amount": {"amount": "1.00", "currency": "USD"}}
            api.post("/v1/opportunities", json=deal).raise_for_status()
            start = time.perf_counter()
            while _deals(api) < before + number + 1:
                time.sleep(0.005)
            waits.append(time.perf_counter() - start)
    waits.sort()
    p99 = waits[int(len(waits) * 0.99) - 1] * 1000
    note = f"median {waits[len(waits) // 2] * 1000:.0f} ms"
    yield Line("commit to visible, p99", p99, "ms", 500, "budget", small_is_good=True, note=note)


def memory(suite: Suite) -> Iterator[Line]:
    """The whole suite at rest, without PostgreSQL and RabbitMQ."""
    time.sleep(3)
    pids = [pid for name, pid in suite.pids().items() if name not in ("postgres", "rabbitmq")]
    megabytes = proportional_memory(pids)
    yield Line("memory idle (PSS)", megabytes, "MB", 600, "budget", small_is_good=True)


def _deals(api: httpx.Client) -> int:
    answer = api.get("/v1/reports/pipeline:run")
    answer.raise_for_status()
    return int(answer.json()["total"]["deals"])
