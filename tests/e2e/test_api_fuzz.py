"""The whole API under strange input: every answer is one that the OpenAPI document promises.

The generated cases come from the document itself; the explicit ones are what broke other APIs.
"""

import json
import random
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.gateway.contract import load_contract
from services.gateway.openapi import build_openapi, encode_openapi
from services.gateway.router import build_routes
from tests.e2e.gateway import running_gateway
from tools.proto import DESCRIPTORS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# So many cases of each operation: about 350 in all, then more than 10,000.
FEW, MANY = 3, 110
UNKNOWN = "01900000-0000-7000-8000-00000000dead"


def document() -> dict[str, Any]:
    contract = load_contract(str(DESCRIPTORS))
    found: dict[str, Any] = json.loads(
        encode_openapi(build_openapi(contract, build_routes(contract)))
    )
    return found


def a_schema(*, coverage: bool) -> Any:
    config = schemathesis.Config.from_dict(
        {
            "generation": {"deterministic": True},
            "phases": {"coverage": {"enabled": coverage}, "examples": {"enabled": False}},
        }
    )
    return schemathesis.openapi.from_dict(document(), config=config)


SCHEMA = a_schema(coverage=False)
THOROUGH = a_schema(coverage=True)
CASES = {"count": 0}


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_context: Any, value: Any) -> bytes:
    """Hardly ever a workbook, which is the point."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def api(start_module_service, keys):
    with running_gateway(start_module_service, keys) as started:
        yield started


@pytest.fixture(scope="module")
def known(api) -> dict[str, str]:
    """The id of a record of each collection, so that cases do not all end at 404."""
    company = api.post("/v1/companies", {"name": "Wasl"})["id"]
    contact = api.post("/v1/contacts", {"displayName": "Ada", "companyId": company})["id"]
    product = api.post(
        "/v1/products", {"name": "P", "listPrice": {"amount": "1", "currency": "USD"}}
    )
    deal = api.post(
        "/v1/opportunities", {"name": "D", "productLines": [{"productId": product["id"]}]}
    )
    return {
        "contacts": contact,
        "companies": company,
        "products": product["id"],
        "opportunities": deal["id"],
        "pipelines": deal["pipelineId"],
        "users": api.post("/v1/users", {"email": "u@wasl.example", "displayName": "U"})["id"],
        "teams": api.post("/v1/teams", {"name": "T"})["id"],
        "api-keys": api.post("/v1/apiKeys", {"displayName": "K"})["id"],
    }


def check(case: Any, api: Any, known: dict[str, str]) -> None:
    """Sends a case, sometimes to a record that is there, and checks the answer."""
    CASES["count"] += 1
    # The same for the same case, so that Hypothesis finds its failures again.
    dice = random.Random(repr(case))
    collection = case.path.split("/")[2].partition(":")[0]
    for name in case.path_parameters or {}:
        if name.endswith("id") and dice.random() < 0.6 and collection in known:
            case.path_parameters[name] = known[collection]
        if name == "service" and dice.random() < 0.9:
            case.path_parameters[name] = dice.choice(["contacts", "sales", "identity"])
    headers = {"Authorization": f"Bearer {api.key}"}
    if dice.random() < 0.3:
        headers["If-Match"] = dice.choice(['"1"', "1", "*", '"2"', "W/1", ""])
    case.call_and_validate(base_url=api.url, headers=headers, checks=CHECKS, timeout=30)


_SETTINGS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


@SCHEMA.parametrize()
@settings(max_examples=FEW, **_SETTINGS)
def test_every_operation_answers_a_few_strange_requests_as_promised(case, api, known):
    check(case, api, known)


@pytest.mark.slow
@THOROUGH.parametrize()
@settings(max_examples=MANY, **_SETTINGS)
def test_every_operation_answers_many_strange_requests_as_promised(case, api, known):
    check(case, api, known)


@pytest.mark.slow
def test_there_were_ten_thousand_cases(api, record_property):
    # Runs after the cases above.
    record_property("cases", CASES["count"])
    assert CASES["count"] >= 10_000


# --- explicit bad input -------------------------------------------------------------------------


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer, which says what is wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["code"] == code, found
    assert found["status"] == status
    assert found["detail"]
    assert found["requestId"]
    return found


def fields(found: dict[str, Any]) -> list[str]:
    return [violation["field"] for violation in found.get("violations", [])]


def send(api: Any, body: bytes, **headers: str) -> httpx.Response:
    return api.http.post(
        "/v1/contacts", content=body, headers={"Content-Type": "application/json"} | headers
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "INVALID_JSON"),
        (b"", "BODY_REQUIRED"),
        (b"nonsense", "INVALID_JSON"),
        (b'{"displayName": "Ada",}', "INVALID_JSON"),
        (b"{'displayName': 'Ada'}", "INVALID_JSON"),
        (b'{"displayName": NaN}', "INVALID_JSON"),
        (b'{"displayName": "Ada"} trailing', "INVALID_JSON"),
        (b'{"displayName": "\xff"}', "INVALID_UTF8"),
        (b'{"displayName": "a", "displayName": "b"}', "DUPLICATE_KEY"),
        (b"[" * 33 + b"]" * 33, "JSON_TOO_DEEP"),
        (b'{"customFields":' * 33 + b"1" + b"}" * 33, "JSON_TOO_DEEP"),
        (b"[" * 100_000, "JSON_TOO_DEEP"),
        (b'{"customFields": {"a": 1e999}}', "NUMBER_OUT_OF_RANGE"),
        (b'{"customFields": {"a": ' + b"9" * 5000 + b"}}", "NUMBER_OUT_OF_RANGE"),
    ],
)
def test_a_body_that_is_no_json_is_told_so(api, body, code):
    problem(send(api, body), 400, code)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"displayName": 5}, "displayName"),
        ({"displayName": ["Ada"]}, "displayName"),
        ({"displayName": {"a": 1}}, "displayName"),
        ({"tags": "vip"}, "tags"),
        ({"tags": [1]}, "tags[0]"),
        ({"emails": {"address": "a@b.example"}}, "emails"),
        ({"emails": [{"address": True}]}, "emails[0].address"),
        ({"emails": [{"address": "nonsense"}]}, "emails[0].address"),
        ({"phones": [{"number": "12"}]}, "phones[0].number"),
        ({"lifecycleStage": "NEMESIS"}, "lifecycleStage"),
        ({"lifecycleStage": 10**9}, "lifecycleStage"),
        ({"companyId": "Wasl"}, "companyId"),
        ({"companyId": UNKNOWN}, "companyId"),
        ({"displayName": "x" * 201}, "displayName"),
        ({"displayName": "a\u0000b"}, "displayName"),
        ({"notes": "\ud800"}, "notes"),
        ({"customFields": {"a\u0000": 1}}, "customFields"),
        ({"customFields": {"nobody": 1}}, "customFields.nobody"),
        ({"preferredLanguage": "Klingon"}, "preferredLanguage"),
        ({"shoeSize": 39}, "shoeSize"),
        ({"emails": [{"address": "a@wasl.example", "colour": 1}]}, "emails[0].colour"),
        ({"createTime": "yesterday"}, "createTime"),
        ({}, "displayName"),
    ],
)
def test_a_wrong_field_is_named_by_its_json_path(api, body, field):
    answer = send(api, json.dumps({"displayName": "Ada"} | body if body else body).encode())
    found = problem(answer, 400, "INVALID_FIELD")
    assert any(path == field or path.startswith(f"{field}.") for path in fields(found)), found


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"closeDate": "2017-02-30"}, "closeDate"),
        ({"closeDate": "30.02.2017"}, "closeDate"),
        ({"engageDate": "0000-00-00"}, "engageDate"),
        ({"amount": {"amount": 12, "currency": "USD"}}, "amount.amount"),
        ({"amount": {"amount": "1e9", "currency": "USD"}}, "amount.amount"),
        ({"amount": {"amount": "1" * 16, "currency": "USD"}}, "amount.amount"),
        ({"amount": {"amount": "12"}}, "amount.currency"),
        ({"amount": {"amount": "12", "currency": "usd"}}, "amount.currency"),
        ({"productLines": [{"productId": UNKNOWN}]}, "productLines[0].productId"),
        ({"stageId": UNKNOWN}, "stageId"),
        ({"pipelineId": UNKNOWN}, "pipelineId"),
        ({"contactId": UNKNOWN}, "contactId"),
        ({"ownerId": UNKNOWN}, "ownerId"),
    ],
)
def test_a_wrong_field_of_a_deal_is_named_by_its_json_path(api, body, field):
    answer = api.http.post("/v1/opportunities", json={"name": "Deal"} | body)
    assert fields(problem(answer, 400, "INVALID_FIELD")) == [field]


def test_numbers_that_no_integer_holds_are_refused(api):
    for number in (2**31, -(2**31) - 1, 2**63, 1.5, 1e300):
        answer = api.http.post("/v1/companies", json={"name": "W", "employees": number})
        assert fields(problem(answer, 400, "INVALID_FIELD")) == ["employees"]


def test_a_body_of_a_mebibyte_is_read_and_one_byte_more_is_not(api):
    def body(size: int) -> bytes:
        start, end = b'{"displayName":"', b'"}'
        return start + b"x" * (size - len(start) - len(end)) + end

    problem(send(api, body(1024 * 1024)), 400, "INVALID_FIELD")
    answer = send(api, body(1024 * 1024 + 1))
    problem(answer, 413, "PAYLOAD_TOO_LARGE")
    # The rest of the body is not read, so nobody may use the connection again.
    assert answer.headers["connection"] == "close"
    assert send(api, b'{"displayName": "Next"}').status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-protobuf", ""])
def test_another_kind_of_body_is_told_so(api, kind):
    answer = send(api, b'{"displayName": "Ada"}', **{"Content-Type": kind})
    problem(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "CREDENTIAL_MISSING"),
        ({"Authorization": ""}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer"}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer nonsense"}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer wasl_fuzzing1_wrong"}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer " + "x" * 4000}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Basic YTpi"}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer \u00e9".encode("latin-1")}, "CREDENTIAL_INVALID"),
    ],
)
def test_a_bad_credential_is_told_so_and_how_to_send_a_good_one(api, headers, code):
    answer = httpx.get(f"{api.url}/v1/contacts", headers=headers)
    problem(answer, 401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "filter_",
    [
        "displayName",
        "displayName =",
        'displayName = "x',
        "((((displayName = x",
        "shoeSize = 39",
        "displayName > > 3",
        "createTime > yesterday",
        "createTime > 2017-02-30",
        'companyId = "Wasl"',
        "lifecycleStage = NEMESIS",
        "customFields.nobody = 1",
        "displayName = \u0000",
        "x" * 5000,
        "(" * 20 + "displayName=a" + ")" * 20,
        " OR ".join(["displayName=a"] * 100),
    ],
)
def test_a_bad_filter_is_told_with_what_is_wrong(api, filter_):
    answer = api.http.get("/v1/contacts", params={"filter": filter_})
    assert answer.status_code == 400
    found = answer.json()
    assert found["code"] in ("INVALID_FILTER", "INVALID_PARAMETER"), found
    assert "filter" in found["detail"]


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("orderBy=shoeSize", "INVALID_ORDER", "orderBy"),
        ("orderBy=displayName sideways", "INVALID_ORDER", "orderBy"),
        ("pageToken=nonsense", "INVALID_PAGE_TOKEN", ""),
        ("pageToken=%00", "INVALID_PARAMETER", "pageToken"),
        ("pageSize=-1", "INVALID_FIELD", "pageSize"),
        ("pageSize=1001", "INVALID_FIELD", "pageSize"),
        ("pageSize=lots", "INVALID_PARAMETER", "pageSize"),
        ("pageSize=99999999999999999999", "INVALID_PARAMETER", "pageSize"),
        ("pageSize=1&pageSize=2", "INVALID_PARAMETER", "pageSize"),
        ("showDeleted=perhaps", "INVALID_PARAMETER", "showDeleted"),
        ("shoeSize=39", "INVALID_PARAMETER", "shoeSize"),
        ("q=%ff", "INVALID_UTF8", ""),
        ("q=" + "x" * 201, "INVALID_FIELD", "q"),
    ],
)
def test_a_bad_parameter_is_named(api, query, code, named):
    found = problem(api.http.get(f"/v1/contacts?{query}"), 400, code)
    assert named in found["detail"]


@pytest.mark.parametrize("id_", ["Ada", "1", UNKNOWN[:-1], "%00", "a%20b", "0" * 5000])
def test_an_id_that_is_none_is_told_so(api, id_):
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", ":undelete")):
        answer = api.http.request(method, f"/v1/contacts/{id_}{path}")
        assert answer.status_code in (400, 404)
        assert answer.json()["code"] in ("INVALID_FIELD", "INVALID_PATH", "ROUTE_NOT_FOUND")


def test_an_id_that_nobody_has_is_not_found(api):
    problem(api.http.get(f"/v1/contacts/{UNKNOWN}"), 404, "NOT_FOUND")
    problem(api.http.get("/v1/nothing"), 404, "ROUTE_NOT_FOUND")
    problem(api.http.put("/v1/contacts"), 405, "METHOD_NOT_ALLOWED")


def test_a_version_that_is_none_old_or_missing_is_told_apart(api, known):
    path = f"/v1/contacts/{known['contacts']}"

    def patch(**headers: str) -> httpx.Response:
        return api.http.patch(path, json={"jobTitle": "x"}, headers=headers)

    problem(patch(), 428, "ETAG_REQUIRED")
    problem(patch(**{"If-Match": '"999"'}), 412, "ETAG_MISMATCH")
    problem(patch(**{"If-Match": '"nonsense"'}), 400, "INVALID_ETAG")


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "\u00e9"])
def test_an_idempotency_key_that_cannot_be_is_told_so(api, key):
    answer = api.http.post(
        "/v1/contacts",
        json={"displayName": "Ada"},
        headers={"Idempotency-Key": key.encode("latin-1")},
    )
    problem(answer, 400, "INVALID_IDEMPOTENCY_KEY")


def test_a_hundred_parallel_requests_with_one_key_have_one_effect(api):
    from concurrent.futures import ThreadPoolExecutor

    body = {"displayName": "Only One"}

    def create(_: int) -> tuple[int, str]:
        answer = api.http.post("/v1/contacts", json=body, headers={"Idempotency-Key": "one"})
        return answer.status_code, answer.json().get("id", answer.text)

    with ThreadPoolExecutor(100) as pool:
        answers = set(pool.map(create, range(100)))
    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    page = api.get("/v1/contacts", filter='displayName = "Only One"')
    assert len(page["contacts"]) == 1
    other = api.http.post(
        "/v1/contacts", json={"displayName": "Other"}, headers={"Idempotency-Key": "one"}
    )
    problem(other, 422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"columns": [{"column": "a", "field": "shoeSize"}]}, "INVALID_FIELD", "options.columns"),
        ({"columns": [{"column": "a", "field": "id"}]}, "INVALID_FIELD", "options.columns"),
        ({"columns": "a"}, "INVALID_FIELD", "options.columns"),
        ({"onDuplicate": "EXPLODE"}, "INVALID_FIELD", "options.onDuplicate"),
        ({"delimiter": "ab"}, "INVALID_FIELD", "options.delimiter"),
        ({"colour": "red"}, "INVALID_FIELD", "options.colour"),
    ],
)
def test_an_import_that_cannot_be_is_refused_at_once_by_name(api, options, code, field):
    files = {
        "options": (None, json.dumps(options), "application/json"),
        "file": ("people.csv", b"a\nb\n", "text/csv"),
    }
    found = problem(api.http.post("/v1/contacts:import", files=files), 400, code)
    assert fields(found) == [field]
