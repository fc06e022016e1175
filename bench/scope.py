"""Get and list among a million contacts for people with each scope, against the same floor.

Somebody owns one in a thousand, their team has one in a hundred, the teams below one in ten. Prints
also how PostgreSQL finds the rows of a scope: a scan of the whole table would be a failure.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg

from bench.growth import grow
from bench.load import best, request, run
from bench.requests import some_contacts
from bench.suite import Suite
from bench.table import Line

ROWS = 1_000_000
SECONDS = 4.0
SCOPES = ("OWN", "TEAM", "SUBTREE", "ALL")


def scope(suite: Suite) -> Iterator[Line]:
    """Get one and list 50 in each scope; ratios to the floor of the same run."""
    with suite.api as api:
        teams, people = _people(api)
    url = suite.environment("contacts")["WASL_DATABASE_URL"].strip("'\"")
    # Before there is much: the floor has no index for the order of its list.
    floors = _floors(suite)
    for number, (name, (user_id, key)) in enumerate(people.items()):
        # Everybody gets records of their own; the teams are the same for all.
        start = ROWS // len(people) * number
        places = {**teams, "own": user_id, "other": None}
        grow(url, start=start, end=start + ROWS // len(people), places=places)
        del name, key
    for name, (user_id, key) in people.items():
        with httpx.Client(
            base_url=f"http://127.0.0.1:{suite.port}", headers={"Authorization": f"Bearer {key}"}
        ) as api:
            page = api.get("/v1/contacts", params={"pageSize": 50}).raise_for_status().json()
        id_ = page["contacts"][-1]["id"]
        for what, path in (("get one", f"/v1/contacts/{id_}"), ("list 50", "/v1/contacts")):
            asked = request("GET", path, key=key)
            product = best(lambda m=asked: run(suite.port, itertools.repeat(m), seconds=SECONDS))
            note = f"p99 {product.quantile(0.99):.0f} ms, failures {product.failures}"
            yield Line(
                f"{what}, scope {name}, of {ROWS:,}", product.rate, "/s", floors[what], "floor",
                0.7, note=note,
            )  # fmt: skip
        yield _plan(url, name, user_id, teams)
    yield _foreign_against_absent(suite, people)


def _foreign_against_absent(suite: Suite, people: dict[str, tuple[str, str]]) -> Line:
    """Refusals of what is not in scope and of what is not there: no clue in the time they take."""
    _, everything = people["ALL"]
    owner, key = people["OWN"]
    with httpx.Client(
        base_url=f"http://127.0.0.1:{suite.port}",
        headers={"Authorization": f"Bearer {everything}"},
    ) as api:
        query = {"filter": f'-ownerId = "{owner}"', "pageSize": 1}
        found = api.get("/v1/contacts", params=query).raise_for_status().json()
    foreign = found["contacts"][0]["id"]
    rates = {}
    for what, id_ in (("foreign", foreign), ("absent", foreign[:-12] + "0" * 12)):
        asked = request("GET", f"/v1/contacts/{id_}", key=key)
        rates[what] = best(lambda m=asked: run(suite.port, itertools.repeat(m), seconds=SECONDS))
    note = ", ".join(f"{what} p50 {r.quantile(0.5):.2f} ms" for what, r in rates.items())
    return Line(
        "refusal of a foreign record, scope OWN", rates["foreign"].rate, "/s",
        rates["absent"].rate, "absent", 0.95, note=note,
    )  # fmt: skip


def _floors(suite: Suite) -> dict[str, float]:
    """Requests per second of the floor, among a few contacts."""
    with suite.api as api:
        id_ = some_contacts(api)
    paths = {"get one": f"/v1/contacts/{id_}", "list 50": "/v1/contacts"}
    asked = {what: request("GET", path, key=suite.key) for what, path in paths.items()}
    return {
        what: best(
            lambda m=message: run(suite.floor_port, itertools.repeat(m), seconds=SECONDS)
        ).rate
        for what, message in asked.items()
    }


def _people(api: Any) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """The ids of teams by their part in the bench, and (user id, key) by scope."""
    teams: dict[str, str] = {}
    for part, parent in (("team", ""), ("below", "team"), ("far", "")):
        body = {"name": f"Bench {part}", "parentId": teams.get(parent, "")}
        teams[part] = api.post("/v1/teams", json=body).raise_for_status().json()["id"]
    people = {}
    for name in SCOPES:
        role = {"key": f"bench{name.title()}"}
        role |= {"grants": [{"permission": "contacts.*", "scope": name}]}
        role_id = api.post("/v1/roles", json=role).raise_for_status().json()["id"]
        user = {"email": f"{name.lower()}@bench.example", "displayName": name}
        user |= {"teamId": teams["team"], "roleIds": [role_id]}
        user_id = api.post("/v1/users", json=user).raise_for_status().json()["id"]
        key = {"displayName": "bench", "userId": user_id}
        secret = api.post("/v1/apiKeys", json=key).raise_for_status().json()["secret"]
        people[name] = (user_id, secret)
    return teams, people


def _plan(url: str, name: str, user_id: str, teams: dict[str, str]) -> Line:
    """The milliseconds that PostgreSQL takes to count a scope, and the indexes it does so with."""
    ways = ["owner_id = %(user)s", "id = ANY(ARRAY(SELECT record_id FROM share WHERE false))"]
    ways += {"TEAM": ["team_id = ANY(%(teams)s)"], "SUBTREE": ["team_id = ANY(%(below)s)"]}.get(
        name, []
    )
    where = " OR ".join(ways) if name != "ALL" else "true"
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM contact WHERE delete_time IS NULL "
            f"AND ({where}) ORDER BY id DESC LIMIT 51",
            {
                "user": user_id,
                "teams": [teams["team"]],
                "below": [teams["team"], teams["below"]],
            },
        ).fetchone()
    assert rows is not None
    plan = rows[0][0]
    nodes = sorted(set(_nodes(plan["Plan"])))
    return Line(
        f"plan, scope {name}", plan["Execution Time"], "ms", 50, "budget", 1.0, True,
        note=", ".join(nodes),
    )  # fmt: skip


def _nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield f"{plan['Node Type']} {plan.get('Index Name', '')}".strip()
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
