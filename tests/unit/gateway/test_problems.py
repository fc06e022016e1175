"""Problems are RFC 9457 and speak the language of the JSON body."""

import json

import grpc
import pytest

from services.gateway.contract import Contract
from services.gateway.problems import Problem, Violation, encode, from_rpc_error, json_path


def test_a_problem_is_whole() -> None:
    problem = Problem(
        400, "INVALID_FIELD", "name: no", violations=[Violation("name", "no", "INVALID")]
    )
    assert json.loads(encode(problem, "r-1")) == {
        "type": "https://wasl.example/problems/invalid-field",
        "title": "Bad Request",
        "status": 400,
        "detail": "name: no",
        "code": "INVALID_FIELD",
        "requestId": "r-1",
        "violations": [{"field": "name", "message": "no", "code": "INVALID"}],
    }


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("contact.given_name", "givenName"),
        ("contact.emails[0].address", "emails[0].address"),
        ("contact.custom_fields.lead_source", "customFields.lead_source"),
        ("contact", ""),
        ("validate_only", "validateOnly"),
        ("made_up.path_of", "made_up.path_of"),
    ],
)
def test_paths_are_told_as_in_the_body(path: str, told: str, contract: Contract) -> None:
    request = contract.registry.message("wasl.contacts.v1.CreateContactRequest")
    assert json_path(path, request=request, body_field="contact") == told


def test_an_error_without_a_code_is_ours() -> None:
    problem = from_rpc_error(grpc.RpcError("secret"))
    assert (problem.status, problem.code) == (500, "INTERNAL")
    assert "secret" not in problem.detail


def test_lone_surrogates_do_not_break_an_answer() -> None:
    assert b"?" in encode(Problem(400, "X", "\ud800"), "r-1")
