"""The OpenAPI document is valid, and says what the protos say."""

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from services.gateway.contract import Contract
from services.gateway.openapi import build_openapi
from services.gateway.router import Route


@pytest.fixture(scope="module")
def document(contract: Contract, routes: dict[str, Route]) -> dict[str, Any]:
    return build_openapi(contract, tuple(routes.values()))


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_route_is_in_it_and_says_what_it_asks_for(
    document: dict[str, Any], routes: dict[str, Route]
) -> None:
    for route in routes.values():
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["operationId"] == route.operation_id
        assert operation["summary"]
        assert operation.get("x-wasl-permission", "") == route.permission
        assert "default" in operation["responses"]


def test_comments_become_descriptions(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Contact"]
    assert schema["description"] == "A person we deal with."
    assert schema["properties"]["etag"]["description"].startswith("The version")


def test_answers_promise_what_is_always_there(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Contact"]
    assert {"id", "displayName", "tags", "lifecycleStage"} <= set(schema["required"])
    assert "createTime" not in schema["required"]
    assert schema["properties"]["createTime"]["format"] == "date-time"
    assert schema["properties"]["createTime"]["readOnly"] is True


def test_inputs_carry_the_rules_of_the_protos(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    schema = schemas["ContactInput"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["displayName"]["maxLength"] == 200
    assert schema["properties"]["displayName"]["type"] == ["string", "null"]
    tags = schema["properties"]["tags"]
    assert (tags["maxItems"], tags["uniqueItems"]) == (50, True)
    assert tags["items"] == {"type": "string", "minLength": 1, "maxLength": 50}
    assert schemas["CompanyInput"]["required"] == ["name"]
    assert "required" not in schemas["CompanyPatch"]
    assert schemas["StageInput"]["properties"]["kind"]["enum"] == ["OPEN", "WON", "LOST"]
    company_id = schema["properties"]["companyId"]["pattern"]
    assert re.search(company_id, "")
    assert re.search(company_id, "0198f3a2-0000-7000-8000-000000000001")
    assert not re.search(company_id, "x")


def test_64_bits_go_out_as_text(document: dict[str, Any]) -> None:
    progress = document["components"]["schemas"]["JobProgress"]["properties"]
    assert progress["rowsRead"]["type"] == "string"
    assert progress["fraction"]["type"] == "number"


def test_parameters_are_described(document: dict[str, Any]) -> None:
    listing = document["paths"]["/v1/contacts"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in listing}
    assert by_name["pageSize"]["schema"]["maximum"] == 1000
    assert by_name["filter"]["description"].startswith("AIP-160")
    update = document["paths"]["/v1/contacts/{id}"]["patch"]["parameters"]
    assert {"id", "updateMask", "If-Match", "Idempotency-Key"} <= {one["name"] for one in update}
    export = document["paths"]["/v1/reports/pipeline:export"]["get"]["parameters"]
    assert {"groupBy", "format"} <= {one["name"] for one in export}


def test_imports_take_a_form_or_a_file(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/contacts:import"]["post"]["requestBody"]["content"]
    assert {"multipart/form-data", "text/csv"} <= set(body)
    form = body["multipart/form-data"]["schema"]
    assert form["properties"]["options"] == {"$ref": "#/components/schemas/ImportOptionsInput"}


def test_what_the_path_says_is_not_in_the_body(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/opportunities/{id}:win"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"etag", "closeDate", "amount"}
    assert body["required"] is False


def test_forms_learn_what_json_schema_has_no_word_for(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    deal = schemas["Opportunity"]["properties"]
    assert deal["companyId"]["x-wasl-reference"] == "contacts.companies"
    assert deal["amount"]["x-wasl-group"] == "sales.amounts"
    assert schemas["OpportunityInput"]["properties"]["amount"]["x-wasl-group"] == "sales.amounts"
    assert schemas["ShareInput"]["properties"]["recordId"]["x-immutable"] is True


def test_what_is_a_cookie_is_no_field(document: dict[str, Any]) -> None:
    text = str(document)
    for name in ("sessionToken", "browserToken"):
        assert name not in text
    schemes = document["components"]["securitySchemes"]
    assert schemes["session"]["name"] == "__Host-wasl_session"


def test_only_the_back_channel_logout_takes_a_form(document: dict[str, Any]) -> None:
    forms = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if "application/x-www-form-urlencoded"
        in operation.get("requestBody", {}).get("content", {})
    }
    assert forms == {"/v1/oidcProviders/{id}:backChannelLogout"}
