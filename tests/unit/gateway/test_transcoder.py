"""HTTP becomes messages."""

import io
from typing import Any

import pytest
from protobuf import message_to_json_value

from services.gateway.contract import Contract
from services.gateway.payload import parse_json
from services.gateway.problems import Problem
from services.gateway.router import Route
from services.gateway.transcoder import compile_transcoder

Routes = dict[str, Route]


def _transcode(
    contract: Contract,
    route: Route,
    *values: str,
    query: str = "",
    body: bytes = b"",
    **headers: str,
) -> Any:
    environ: dict[str, object] = {
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    message = compile_transcoder(route, contract)(environ, list(values))
    return message_to_json_value(message)


def test_path_and_query_meet_in_the_request(contract: Contract, routes: Routes) -> None:
    got = _transcode(contract, routes["getContact"], "7", query="showDeleted=true")
    assert got == {"id": "7", "showDeleted": True}


@pytest.mark.parametrize(
    "query",
    [
        "groupBy=stage&groupBy=QUARTER&format=csv",
        "report.groupBy=STAGE&report.group_by=quarter&format=CSV",
        "report.group_by=STAGE&report.group_by=QUARTER&format=CSV",
    ],
)
def test_fields_of_a_nested_message_are_reached_by_either_name(
    query: str, contract: Contract, routes: Routes
) -> None:
    got = _transcode(contract, routes["exportPipelineReport"], query=query)
    assert got == {"report": {"groupBy": ["STAGE", "QUARTER"]}, "format": "CSV"}


def test_the_service_of_the_path_is_told(contract: Contract, routes: Routes) -> None:
    got = _transcode(contract, routes["salesGetJob"], "7")
    assert got == {"service": "sales", "id": "7"}


def test_a_body_that_is_a_field_goes_there(contract: Contract, routes: Routes) -> None:
    body = b'{"stages": [{"name": "New", "kind": "OPEN", "probability": 10}], "name": "B2B"}'
    got = _transcode(contract, routes["updatePipeline"], "7", body=body, HTTP_IF_MATCH='"3"')
    assert got["pipeline"]["id"] == "7"
    assert got["pipeline"]["etag"] == "3"
    assert got["updateMask"] == "stages,name"


def test_what_only_the_service_sets_is_no_change(contract: Contract, routes: Routes) -> None:
    body = b'{"id": "8", "etag": "2", "createTime": "2026-01-01T00:00:00Z", "name": "B2B"}'
    got = _transcode(contract, routes["updatePipeline"], "7", body=body)
    assert got["updateMask"] == "name"
    assert got["pipeline"]["etag"] == "2"


def test_a_verb_takes_its_version_from_if_match(contract: Contract, routes: Routes) -> None:
    body = b'{"reason": "price"}'
    got = _transcode(contract, routes["loseOpportunity"], "7", body=body, HTTP_IF_MATCH='"3"')
    assert got == {"id": "7", "etag": "3", "reason": "price"}


def test_a_verb_with_a_body_takes_no_query(contract: Contract, routes: Routes) -> None:
    with pytest.raises(Problem) as problem:
        _transcode(contract, routes["winOpportunity"], "7", query="closeDate=2026-01-01")
    assert problem.value.violations[0].code == "UNKNOWN_PARAMETER"


@pytest.mark.parametrize("value", ["5", 5.5, True, 2**31, -(2**31) - 1])
def test_integers_are_integers(value: object, contract: Contract, routes: Routes) -> None:
    body = (b'{"name": "Acme", "employees": %s}') % (
        b'"5"' if value == "5" else str(value).lower().encode()
    )
    with pytest.raises(Problem) as problem:
        _transcode(contract, routes["createCompany"], body=body)
    assert problem.value.violations[0].field == "employees"


def test_everything_that_is_wrong_is_said_at_once(contract: Contract, routes: Routes) -> None:
    body = b'{"nam": "Acme", "employees": "x", "tags": [1, 2]}'
    with pytest.raises(Problem) as problem:
        _transcode(contract, routes["createCompany"], body=body)
    fields = [violation.field for violation in problem.value.violations]
    assert fields == ["nam", "employees", "tags[0]", "tags[1]"]


def test_a_body_shorter_than_promised_is_refused(contract: Contract, routes: Routes) -> None:
    with pytest.raises(Problem) as problem:
        _transcode(contract, routes["createCompany"], body=b"{}", CONTENT_LENGTH="50")
    assert problem.value.code == "INCOMPLETE_BODY"


def test_brackets_inside_texts_are_not_depth() -> None:
    body = b'{"notes": "' + b"[" * 100 + rb"\"{{" + b'"}'
    assert parse_json(body) == {"notes": "[" * 100 + '"{{'}
