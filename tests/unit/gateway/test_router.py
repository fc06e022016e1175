"""Routes come from the contract, and a contract that cannot be routed is refused at start."""

from dataclasses import replace

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map

from services.gateway.contract import Contract, ContractError, HttpRule, load_contract
from services.gateway.router import Route, add_rules, build_routes


def _bind(routes: dict[str, Route]):  # type: ignore[no-untyped-def]
    url_map = Map()
    add_rules(url_map, routes.values())
    return url_map.bind("test")


def _with_rule(contract: Contract, rpc_name: str, rule: HttpRule) -> Contract:
    rpcs = tuple(
        replace(rpc, rules=(rule,)) if rpc.desc.name == rpc_name else rpc for rpc in contract.rpcs
    )
    return replace(contract, rpcs=rpcs)


@pytest.mark.parametrize(
    ("method", "path", "operation", "values"),
    [
        ("GET", "/v1/contacts/7", "getContact", ["7"]),
        ("HEAD", "/v1/contacts/7", "getContact", ["7"]),
        ("PATCH", "/v1/contacts/7", "updateContact", ["7"]),
        ("POST", "/v1/contacts/7:undelete", "undeleteContact", ["7"]),
        ("GET", "/v1/contacts:batchGet", "batchGetContacts", []),
        ("POST", "/v1/opportunities/7:win", "winOpportunity", ["7"]),
        ("GET", "/v1/sales/jobs/7", "salesGetJob", ["7"]),
        ("GET", "/v1/contacts/jobs/7:failures", "contactsDownloadJobFailures", ["7"]),
        ("GET", "/v1/contacts/customFields", "contactsListCustomFields", []),
        ("GET", "/v1/me", "getMe", []),
    ],
)
def test_a_request_finds_its_rpc(
    method: str, path: str, operation: str, values: list[str], routes: dict[str, Route]
) -> None:
    endpoint, found = _bind(routes).match(path, method)
    assert (endpoint, list(found.values())) == (operation, values)


def test_a_verb_is_no_part_of_an_id(routes: dict[str, Route]) -> None:
    with pytest.raises(MethodNotAllowed) as refusal:
        _bind(routes).match("/v1/contacts/7:undelete", "GET")
    assert refusal.value.valid_methods == ["POST"]
    with pytest.raises(NotFound):
        _bind(routes).match("/v1/contacts/7:nothing", "POST")


def test_a_path_with_a_slash_too_many_is_not_redirected(routes: dict[str, Route]) -> None:
    for path in ("/v1/contacts/", "/v1//contacts", "/v1/contacts/7/"):
        with pytest.raises(NotFound):
            _bind(routes).match(path, "GET")


def test_what_every_service_answers_has_a_route_for_each(routes: dict[str, Route]) -> None:
    services = {route.service for route in routes.values() if route.rpc.desc.name == "GetJob"}
    assert services == {"contacts", "identity", "reporting", "sales"}
    assert routes["salesGetJob"].permission == "sales.jobs.get"


def test_internal_rpcs_have_no_route(routes: dict[str, Route]) -> None:
    assert not [route for route in routes.values() if route.rpc.access == "internal"]


def test_two_rules_for_one_path_refuse_to_start(contract: Contract) -> None:
    twice = _with_rule(contract, "GetCompany", HttpRule("GET", "/v1/contacts/{id}", ""))
    with pytest.raises(ContractError, match="is the route of"):
        build_routes(twice)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/contacts/{nothing}", ""),
        ("/v1/{id=contacts/*}", ""),
        ("/v1/contacts/{id}", "nothing"),
    ],
)
def test_a_rule_that_names_no_field_refuses_to_start(
    path: str, body: str, contract: Contract
) -> None:
    with pytest.raises(ContractError):
        build_routes(_with_rule(contract, "GetContact", HttpRule("GET", path, body)))


def test_descriptors_that_are_absent_are_said_to_be() -> None:
    with pytest.raises(ContractError, match="cannot be read"):
        load_contract("nowhere/wasl.binpb")
