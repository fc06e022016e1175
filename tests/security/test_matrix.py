"""The authorisation matrix: every RPC × every ready-made role × own, team, subtree, foreign record.

Through the gateway and by direct gRPC, on real services with real people, keys and tokens. What is
expected follows from the roles as they are written down, by a reading of grants of the test's own.
"""

import datetime
import json
import time
from collections import Counter

import pytest

from chassis.database.tables import JobRow
from chassis.grpc.grants import Scope
from chassis.grpc.identity import Caller
from chassis.jobs.runner import JobRunner
from services.gateway.contract import load_contract
from services.reporting.tables.opportunity import OpportunityFact
from tests.e2e.gateway import running_gateway
from tests.security.asking import ask_by_grpc, ask_by_http
from tests.security.cases import Case, all_cases
from tests.security.world import Outcome, World
from tools.proto import DESCRIPTORS

CONTRACT = load_contract(str(DESCRIPTORS))
SERVICES = ["contacts", "identity", "reporting", "sales"]
# The floor; there are more as soon as there are more RPCs.
FEWEST = 5000
BEFORE = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
# What is asked about more than one record: does the answer show the one?
_SHOWING = ("List", "Export", "Import", "Run")


@pytest.fixture(scope="module")
def world(start_module_service, keys):
    services = {}
    with running_gateway(start_module_service, keys, services=services) as admin:
        made = World(services, admin)
        _tell_reporting(made)
        yield made


def _tell_reporting(world: World) -> None:
    """The deals as facts, without a broker in between."""
    rows = [
        OpportunityFact(
            id=person.own["sales.opportunities"], owner_id=person.user_id,
            team_id=person.team_id, version=1, part=0, valid_from=BEFORE, update_time=BEFORE,
            create_time=BEFORE, state="OPEN", deleted=False, several_products=False, source="",
            amount=10, currency="USD",
        )
        for person in (world.bob, world.nora, world.eve, *world.people)
    ]  # fmt: skip
    with world.services["reporting"].session() as session:
        session.add_all(rows)


def verdict(world: World, case: Case, outcome: Outcome) -> str:
    """What came of a case, in the words in which it is expected."""
    if case.place == "any" and outcome.kind == "absent":
        # Past authorisation: what was asked for is nobody's, and not there.
        return "passed"
    if outcome.kind != "passed" or case.expected != "passed":
        return outcome.kind
    if is_about_many(case):
        return "shown" if _shows(world, case, outcome.told) else "hidden"
    return "passed"


def expected(case: Case) -> str:
    """The word for what must come of a case."""
    if case.expected == "passed" and is_about_many(case):
        return "shown" if case.shown else "hidden"
    return case.expected


def is_about_many(case: Case) -> bool:
    """Whether the answer may hold other records, so that it is looked into."""
    name = case.rpc.desc.name
    return bool(case.record) and name.startswith(_SHOWING) and name != "ListShares"


def _shows(world: World, case: Case, told: str) -> bool:
    name = case.rpc.desc.name
    if name.startswith("Import"):
        job = json.loads(told)["id"]
        _run_jobs(world, case.service)
        with world.services[case.service].session() as session:
            return session.get(JobRow, job).progress["created"] == 1
    if name == "RunPipelineReport":
        return int(json.loads(told).get("total", {}).get("deals", 0)) > 0
    if name == "ExportPipelineReport":
        return ",1," in told.split("\n", 1)[1].split("#")[0] or "1,1,0" in told
    return case.record in told


def _run_jobs(world: World, service: str) -> None:
    runner = JobRunner(world.services[service].runtime)
    while runner.run_one():
        pass


@pytest.mark.parametrize("way", ["grpc", "http"])
def test_every_rpc_answers_every_role_as_declared(world, way):
    wrong, counted, tokens = [], Counter(), {}
    for case in all_cases(world, CONTRACT, SERVICES):
        if way == "grpc":
            token, made = tokens.get(case.person.role, ("", 0.0))
            if time.monotonic() - made > 30:
                token = world.token(case.person)
                tokens[case.person.role] = (token, time.monotonic())
            outcome = ask_by_grpc(case, world.services[case.service].channel(), token)
        else:
            outcome = ask_by_http(case, world.admin.http, case.person.key)
        counted[expected(case)] += 1
        found = verdict(world, case, outcome)
        if found != expected(case):
            wrong.append(f"{case.name}: {expected(case)} expected, {found}: {outcome.told[:160]}")
    print(f"{way}: {sum(counted.values())} cases, {dict(counted)}")
    assert not wrong, f"{len(wrong)} of {sum(counted.values())}:\n" + "\n".join(wrong[:200])
    assert sum(counted.values()) * 2 >= FEWEST


def test_a_new_rpc_on_records_without_a_case_stops_the_matrix(world, monkeypatch):
    monkeypatch.setattr("tests.security.cases._BUILDERS", {})
    with pytest.raises(LookupError, match="the matrix has no case for"):
        list(all_cases(world, CONTRACT, SERVICES))


def test_a_wrong_reading_of_scopes_would_be_noticed(world, monkeypatch):
    # The mutation: everybody reaches everything that they may do at all.
    scope = Caller.scope
    monkeypatch.setattr(
        Caller, "scope", lambda self, permission: Scope.ALL if scope(self, permission) else None
    )
    with pytest.raises(AssertionError, match="expected"):
        test_every_rpc_answers_every_role_as_declared(world, "grpc")
