"""Reads and writes through the gateway, eight connections, against the floor and the budgets."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from bench.load import best, request, run
from bench.suite import Suite
from bench.table import Line

SECONDS = 4.0


def reads(suite: Suite) -> Iterator[Line]:
    """Get one and list 50, against the floor of the same run."""
    with suite.api as api:
        id_ = some_contacts(api)
    for what, path in (("get one by id", f"/v1/contacts/{id_}"), ("list 50", "/v1/contacts")):
        message = request("GET", path, key=suite.key)
        # In turns, so that whatever else the machine does falls on both.
        floor = best(lambda m=message: run(suite.floor_port, itertools.repeat(m), seconds=SECONDS))
        product = best(lambda m=message: run(suite.port, itertools.repeat(m), seconds=SECONDS))
        note = f"p99 {product.quantile(0.99):.0f} ms, failures {product.failures}"
        yield Line(what, product.rate, "/s", floor.rate, "floor", 0.7, note=note)


def writes(suite: Suite) -> Iterator[Line]:
    """Create, update and create an opportunity, with events and fsync on."""
    create = request("POST", "/v1/contacts", key=suite.key, body=json.dumps(contact(1)).encode())
    yield _against_budget(suite, "create a contact", itertools.repeat(create), 550)
    with suite.api as api:
        ids = [api.post("/v1/contacts", json=contact(n)).json()["id"] for n in range(400)]
    yield _against_budget(suite, "update a contact", _updates(suite, ids), 760)
    deal = {"name": "Bench", "amount": {"amount": "100.00", "currency": "USD"}}
    opportunity = request(
        "POST", "/v1/opportunities", key=suite.key, body=json.dumps(deal).encode()
    )
    yield _against_budget(suite, "create an opportunity", itertools.repeat(opportunity), 640)


def report(suite: Suite) -> Iterator[Line]:
    """The pipeline report by stage, over the deals that are there."""
    asked = request("GET", "/v1/reports/pipeline:run?groupBy=stage", key=suite.key)
    yield _against_budget(suite, "pipeline report by stage", itertools.repeat(asked), 310)


def _against_budget(suite: Suite, what: str, requests: Iterator[bytes], budget: float) -> Line:
    result = best(lambda: run(suite.port, requests, seconds=SECONDS), times=2)
    note = f"p99 {result.quantile(0.99):.0f} ms, failures {result.failures}"
    return Line(what, result.rate, "/s", budget, "budget", note=note)


def _updates(suite: Suite, ids: list[str]) -> Iterator[bytes]:
    # Each contact in turn, so that the version that is sent is the one that is there.
    for version in itertools.count(1):
        for id_ in ids:
            body = json.dumps({"jobTitle": f"Title {version}"}).encode()
            headers = {"If-Match": f'"{version}"'}
            yield request("PATCH", f"/v1/contacts/{id_}", key=suite.key, body=body, headers=headers)


def some_contacts(api: Any) -> str:
    """Makes 200 contacts. Returns the id of the last."""
    for number in range(200):
        answer = api.post("/v1/contacts", json=contact(number))
        answer.raise_for_status()
    return str(answer.json()["id"])


def contact(number: int) -> dict[str, Any]:
    """A contact as people make them."""
    return {
        "givenName": "محمد",
        "familyName": f"رضایی {number}",
        "jobTitle": "Engineer",
        "emails": [{"address": f"person{number}@bench.example"}],
        "phones": [{"number": f"+98912{number:07}"}],
        "tags": ["bench"],
    }
