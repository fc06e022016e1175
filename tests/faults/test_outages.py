"""Servers and services that are away for a while: what goes on, what says 503, what heals."""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.e2e.client import Api
from tests.e2e.figures import report
from tests.e2e.suite import Suite, eventually, running_suite
from tools.stack import ports


@pytest.fixture(scope="module")
def api(suite: Suite) -> Api:
    """The administrator, who is not patient."""
    return suite.api()


@contextmanager
def away(suite: Suite, server: str) -> Iterator[None]:
    """Kills a server, and keeps the supervisor from bringing it back by taking its port."""
    port = ports.remembered(suite.run / "ports.json")[server]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        assert suite.kill(server)
        deadline = time.monotonic() + 10
        while True:
            try:
                squatter.bind(("127.0.0.1", port))
                break
            except OSError:
                assert time.monotonic() < deadline
        # Bound, deaf, and not to be shared: who connects is refused, who wants to listen fails.
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        yield


def statuses(suite: Suite, api: Api, calls: list[tuple[str, str, Any]]) -> list[httpx.Response]:
    """The answers to some calls."""
    return [api.answer(method, path, json=body) for method, path, body in calls]


def assert_unavailable(answer: httpx.Response) -> None:
    """A clear 503 that says when to come again."""
    assert answer.status_code == 503, f"{answer.request.url}: {answer.status_code} {answer.text}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert float(answer.headers["Retry-After"]) > 0
    assert answer.json()["code"], answer.text


def test_without_rabbitmq_writes_go_on_and_all_of_it_arrives_later(suite: Suite, api: Api) -> None:
    before = int(report(api)["total"]["deals"])
    suite.settle()
    pids = suite.pids()
    with away(suite, "rabbitmq"):
        for number in range(20):
            answer = api.answer("POST", "/v1/opportunities", json={"name": f"Offline {number}"})
            assert answer.status_code in (200, 201), answer.text
            assert api.answer("GET", f"/v1/opportunities/{answer.json()['id']}").is_success
        assert suite.count("sales", "outbox") >= 20
        assert httpx.get(f"{api.url}/readyz", timeout=10).status_code == 200
        assert int(report(api)["total"]["deals"]) == before
    eventually(
        lambda: int(report(api)["total"]["deals"]) == before + 20,
        seconds=90,
        what="reporting knows of the deals",
    )
    suite.settle()
    after = suite.pids()
    # Nothing but the broker had to start again.
    assert {name: pids[name] for name in pids if name != "rabbitmq"} == {
        name: after[name] for name in after if name != "rabbitmq"
    }


def test_without_postgres_everything_says_503_and_comes_back_by_itself(
    suite: Suite, api: Api
) -> None:
    deal = api.post("/v1/opportunities", {"name": "Before the outage"})
    pids = suite.pids()
    calls = [
        ("GET", f"/v1/opportunities/{deal['id']}", None),
        ("GET", "/v1/contacts", None),
        ("POST", "/v1/opportunities", {"name": "Meanwhile"}),
        ("POST", "/v1/contacts", {"displayName": "Meanwhile"}),
        ("GET", "/v1/reports/pipeline:run", None),
        ("GET", "/v1/sales/jobs", None),
    ]
    with away(suite, "postgres"):
        for _ in range(3):
            for answer in statuses(suite, api, calls):
                assert_unavailable(answer)
        # A credential that nobody has seen yet cannot be looked up either.
        unknown = httpx.get(
            f"{api.url}/v1/contacts", headers={"Authorization": "Bearer wasl_a_b"}, timeout=10
        )
        assert_unavailable(unknown)
    eventually(
        lambda: all(answer.is_success for answer in statuses(suite, api, calls)),
        seconds=60,
        what="all calls are answered again",
    )
    after = suite.pids()
    assert {name: pids[name] for name in pids if name != "postgres"} == {
        name: after[name] for name in after if name != "postgres"
    }
    # Relays, consumers and jobs have found back too.
    total = int(report(api)["total"]["deals"])
    api.post("/v1/opportunities", {"name": "After the outage"})
    eventually(lambda: int(report(api)["total"]["deals"]) > total, what="reporting hears of it")
    suite.settle()
    assert suite.dead_letters() == 0


def test_one_service_away_takes_only_its_own_routes_with_it(suite: Suite, api: Api) -> None:
    # The supervisor waits longer each time that a service dies.
    for _ in range(4):
        eventually(lambda: suite.kill("contacts"), what="contacts runs")
    answer = api.answer("GET", "/v1/contacts")
    assert_unavailable(answer)
    assert_unavailable(api.answer("POST", "/v1/companies", json={"name": "Nobody home"}))
    assert api.answer("GET", "/v1/opportunities").is_success
    assert api.answer("POST", "/v1/opportunities", json={"name": "At home"}).is_success
    assert api.answer("GET", "/v1/users").is_success
    assert report(api)["total"]["deals"]
    ready = httpx.get(f"{api.url}/readyz", timeout=10)
    assert ready.status_code == 503
    assert ready.json()["services"]["sales"] == "SERVING"
    suite.wait_ready()
    # The gateway's other process may look again a second later.
    eventually(lambda: api.answer("GET", "/v1/contacts").is_success, seconds=10)


def test_two_suites_side_by_side_know_nothing_of_each_other(suite: Suite, api: Api) -> None:
    deals = report(api)["total"]["deals"]
    pids = suite.pids()
    with running_suite() as other:
        there = other.api()
        assert there.url != api.url
        there.post("/v1/companies", {"name": "Only there"})
        there.post("/v1/opportunities", {"name": "Only there"})
        eventually(lambda: report(there)["total"]["deals"] == "1", what="it has arrived")
        assert not set(pids.values()) & set(other.pids().values())
        names = [item["name"] for item in api.get("/v1/companies")["companies"]]
        assert "Only there" not in names
        assert report(api)["total"]["deals"] == deals
        # A key of one opens nothing of the other.
        stranger = httpx.get(
            f"{api.url}/v1/contacts", headers={"Authorization": f"Bearer {there.key}"}, timeout=10
        )
        assert stranger.status_code == 401
    # The other has stopped, and taken nothing of ours with it.
    assert suite.pids() == pids
    with contextlib.suppress(httpx.HTTPError):
        assert not httpx.get(f"{there.url}/readyz", timeout=5).is_success
    assert report(api)["total"]["deals"] == deals
