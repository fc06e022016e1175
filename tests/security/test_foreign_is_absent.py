"""A record that is not in scope answers exactly as one that is not there: status, body, headers."""

import re
import uuid

import pytest

from services.gateway.contract import load_contract
from tests.e2e.gateway import running_gateway
from tests.security.asking import send
from tests.security.cases import all_cases
from tests.security.world import World
from tools.proto import DESCRIPTORS

CONTRACT = load_contract(str(DESCRIPTORS))
SERVICES = ["contacts", "identity", "reporting", "sales"]
# What differs between any two answers.
_OWN = re.compile(r'"requestId":"[^"]*"')
_HEADERS = {"x-request-id", "date", "ratelimit-remaining", "ratelimit-reset"}


@pytest.fixture(scope="module")
def world(start_module_service, keys):
    services = {}
    with running_gateway(start_module_service, keys, services=services) as admin:
        yield World(services, admin)


def looks(answer, record: str) -> tuple[object, ...]:
    """All that a caller sees of an answer, but for the id they asked with."""
    body = _OWN.sub("", answer.text).replace(record, "<id>")
    headers = {name: value for name, value in answer.headers.items() if name not in _HEADERS}
    return answer.status_code, body, headers


def test_every_rpc_on_a_foreign_record_answers_as_on_an_absent_one(world):
    person = next(one for one in world.people if one.role == "salesRepresentative")
    foreign = [
        case
        for case in all_cases(world, CONTRACT, SERVICES)
        if case.person is person and case.place == "foreign" and case.record
        and case.rpc.desc.method_kind != "client_streaming"
        # Who owns a deal is what the report is asked for, and no secret.
        and case.service != "reporting"
        and not case.rpc.desc.name.startswith("Create")
    ]  # fmt: skip
    compared, seen = 0, set()
    for case in foreign:
        if case.record not in str(case.request.to_json()):
            continue
        absent_id = str(uuid.uuid4())
        absent = case.request.from_json(case.request.to_json().replace(case.record, absent_id))
        one = send(case.rpc, case.service, case.request, world.admin.http, person.key)
        other = send(case.rpc, case.service, absent, world.admin.http, person.key)
        assert looks(one, case.record) == looks(other, absent_id), case.name
        compared += 1
        seen.add(case.rpc.desc.name)
    print(f"{compared} RPCs compared: {sorted(seen)}")
    assert {"GetContact", "ListContacts", "ExportContacts", "UpdateContact", "DeleteContact",
            "BatchGetContacts", "WinOpportunity", "ListShares", "CancelJob",
            "DownloadJobFailures"} <= seen  # fmt: skip


@pytest.mark.parametrize("resource", ["contacts.contacts", "sales.opportunities"])
def test_a_share_of_a_foreign_record_answers_as_of_an_absent_one(world, resource):
    person = next(one for one in world.people if one.role == "salesRepresentative")
    service = resource.partition(".")[0]
    answers = []
    for record in (world.eve.own[resource], str(uuid.uuid4())):
        body = {"resource": resource, "recordId": record, "userId": world.bob.user_id}
        answer = world.admin.http.post(
            f"/v1/{service}/shares",
            json=body,
            headers={"Authorization": f"Bearer {person.key}"},
        )
        answers.append(looks(answer, record))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_what_refers_to_a_foreign_record_answers_as_to_an_absent_one(world):
    person = next(one for one in world.people if one.role == "salesRepresentative")
    answers = []
    for record in (world.eve.own["contacts.companies"], str(uuid.uuid4())):
        answer = world.admin.http.post(
            "/v1/opportunities",
            json={"name": "A deal", "companyId": record},
            headers={"Authorization": f"Bearer {person.key}"},
        )
        answers.append(looks(answer, record))
    assert answers[0] == answers[1]
    assert answers[0][0] == 400
