"""The OpenAPI document: valid, and whole."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.gateway.contract import Contract
from services.gateway.openapi import build_openapi, encode_openapi
from services.gateway.router import build_routes


@pytest.fixture(scope="module")
def document(contract: Contract) -> dict:
    return json.loads(encode_openapi(build_openapi(contract, build_routes(contract))))


def test_it_is_a_valid_openapi_document(document):
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_rpc_with_a_route_is_in_it_and_nothing_else(contract, document):
    described = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method in ("get", "post", "patch", "put", "delete")
    }
    routes = build_routes(contract)
    assert len(described) == len(routes)
    names = {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in ("get", "post", "patch", "put", "delete")
    }
    assert len(names) == len(described)
    for route in routes:
        name = route.rpc.desc.name.lower()
        assert any(name in operation.lower().replace("_", "") for operation in names), name


def test_every_operation_tells_of_its_errors_as_problems(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "post", "patch", "put", "delete"):
                continue
            refusals = {code: r for code, r in operation["responses"].items() if code >= "4"}
            assert {"401", "403"} <= set(refusals) or "default" in refusals, (path, method)
