"""HTTP requests become RPCs, and what the services answer becomes HTTP."""

import json

import pytest

from tests.integration.gateway.conftest import Api
from tests.integration.gateway.fakes import CONTACT_ID, FakeServices

CONTACT = f"/v1/contacts/{CONTACT_ID}"


def test_get_answers_the_resource_with_its_etag(api: Api, fake: FakeServices) -> None:
    answer = api("GET", CONTACT)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["displayName"] == "Sara Ahmadi"
    assert answer.json["tags"] == []
    assert answer.headers["ETag"] == '"7"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert fake.asked[0].id == CONTACT_ID


def test_head_answers_the_headers_only(api: Api) -> None:
    answer = api("HEAD", CONTACT)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"7"'
    assert answer.data == b""


def test_options_tells_what_an_address_takes(api: Api) -> None:
    answer = api("OPTIONS", CONTACT)
    assert answer.status_code == 204
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_query_parameters_fill_the_request(api: Api, fake: FakeServices) -> None:
    api("GET", "/v1/contacts?pageSize=5&order_by=createTime+desc&showDeleted=true&q=%D8%B3")
    request = fake.asked[0]
    assert (request.page_size, request.order_by) == (5, "createTime desc")
    assert request.show_deleted is True
    assert request.q == "س"


def test_a_repeated_parameter_becomes_a_list(api: Api, fake: FakeServices) -> None:
    api("GET", "/v1/contacts:batchGet?ids=a&ids=b")
    assert list(fake.asked[0].ids) == ["a", "b"]


def test_create_answers_201_and_where_it_is(api: Api, fake: FakeServices) -> None:
    answer = api("POST", "/v1/contacts", json={"displayName": "Sara", "tags": ["vip"]})
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(CONTACT)
    assert fake.asked[0].contact.tags == ["vip"]


def test_a_dry_run_creates_nothing_and_answers_200(api: Api, fake: FakeServices) -> None:
    answer = api("POST", "/v1/contacts?validateOnly=true", json={"displayName": "Sara"})
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert fake.asked[0].validate_only is True


def test_patch_takes_its_mask_from_the_keys_of_the_body(api: Api, fake: FakeServices) -> None:
    body = {"displayName": "Sara", "companyId": None, "customFields": {"tier": "gold"}, "id": "x"}
    answer = api("PATCH", CONTACT, json=body, headers={"If-Match": '"7"'})
    assert answer.status_code == 200
    request = fake.asked[0]
    assert request.contact.id == CONTACT_ID
    assert request.contact.etag == "7"
    assert sorted(request.update_mask.paths) == ["company_id", "custom_fields", "display_name"]


def test_an_explicit_mask_overrides_the_keys(api: Api, fake: FakeServices) -> None:
    api("PATCH", f"{CONTACT}?updateMask=displayName,notes", json={"displayName": "Sara"})
    assert list(fake.asked[0].update_mask.paths) == ["display_name", "notes"]


@pytest.mark.parametrize("header", ['"7"', 'W/"7"'])
def test_if_match_fills_the_etag_of_a_delete(header: str, api: Api, fake: FakeServices) -> None:
    api("DELETE", CONTACT, headers={"If-Match": header})
    assert fake.asked[0].etag == "7"


@pytest.mark.parametrize("header", ["*", '"1", "2"', '"', "7"])
def test_an_if_match_that_names_no_version_is_refused(header: str, api: Api) -> None:
    answer = api("DELETE", CONTACT, headers={"If-Match": header})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "INVALID_IF_MATCH"


def test_a_custom_verb_needs_no_body(api: Api, fake: FakeServices) -> None:
    assert api("POST", f"{CONTACT}:undelete").status_code == 200
    assert fake.asked[0].id == CONTACT_ID


def test_a_verb_with_another_method_says_which_it_takes(api: Api) -> None:
    answer = api("GET", f"{CONTACT}:undelete")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "OPTIONS, POST"
    assert answer.content_type == "application/problem+json"


def test_an_unknown_address_is_a_problem(api: Api) -> None:
    answer = api("GET", "/v1/nothing")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["code"] == "ROUTE_NOT_FOUND"


def test_services_are_told_who_asks_and_in_which_trace(api: Api, fake: FakeServices) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = api(
        "GET",
        CONTACT,
        headers={
            "Idempotency-Key": "k-1",
            "X-Request-Id": "r-1",
            "traceparent": f"00-{trace}-b7ad6b7169203331-01",
        },
    )
    metadata = fake.metadata[-1]
    assert metadata["authorization"] == "Bearer internal-token"
    assert metadata["idempotency-key"] == "k-1"
    assert metadata["x-request-id"] == "r-1" == answer.headers["X-Request-Id"]
    assert metadata["traceparent"].startswith(f"00-{trace}-")
    # What is recorded is decided here, whatever a stranger wishes.
    assert metadata["traceparent"].endswith("-00")


def test_a_request_id_that_is_nonsense_is_replaced(api: Api) -> None:
    answer = api("GET", CONTACT, headers={"X-Request-Id": "a b"})
    assert len(answer.headers["X-Request-Id"]) == 32


def test_an_idempotency_key_that_is_nonsense_is_refused(api: Api) -> None:
    answer = api("POST", "/v1/contacts", json={}, headers={"Idempotency-Key": "x" * 256})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "INVALID_IDEMPOTENCY_KEY"


def test_more_than_64_headers_are_refused(api: Api) -> None:
    answer = api("GET", CONTACT, headers={f"X-Extra-{number}": "1" for number in range(70)})
    assert answer.status_code == 431


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"displayName":"a","displayName":"b"}', "application/json", 400, "DUPLICATE_KEY"),
        (b'{"customFields":{"a":NaN}}', "application/json", 400, "INVALID_JSON"),
        (b'{"customFields":{"a":1e999}}', "application/json", 400, "NUMBER_OUT_OF_RANGE"),
        (b'{"customFields":{"a":' + b"9" * 5000 + b"}}", "application/json", 400, None),
        (b'{"displayName":"\xff"}', "application/json", 400, "INVALID_UTF8"),
        (rb'{"displayName":"\ud800"}', "application/json", 400, "INVALID_FIELD"),
        (rb'{"displayName":"\u0000"}', "application/json", 400, "INVALID_FIELD"),
        (rb'{"customFields":{"\u0000":1}}', "application/json", 400, "INVALID_FIELD"),
        (rb'{"\ud800":1}', "application/json", 400, "INVALID_FIELD"),
        (
            b'{"customFields":' + b'{"a":' * 40 + b"1" + b"}" * 41,
            "application/json",
            400,
            "JSON_TOO_DEEP",
        ),
        (b"[" * 100_000, "application/json", 400, "JSON_TOO_DEEP"),
        (b"[]", "application/json", 400, "INVALID_FIELD"),
        (b"null", "application/json", 400, "INVALID_FIELD"),
        (b"{", "application/json", 400, "INVALID_JSON"),
        (b"", "application/json", 400, "BODY_REQUIRED"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", "application/json; charset=utf-16", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b" " * (1024 * 1024 + 1), "application/json", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
def test_a_bad_body_is_a_clear_problem(
    body: bytes, content_type: str, status: int, code: str | None, api: Api
) -> None:
    answer = api("POST", "/v1/contacts", data=body, content_type=content_type)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert code is None or answer.json["code"] == code


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"nope": 1}, "nope", "UNKNOWN_FIELD"),
        ({"emails": [{"address": "a@b.c"}, {"addres": "x"}]}, "emails[1].addres", "UNKNOWN_FIELD"),
        ({"emails": [{"address": 5}]}, "emails[0].address", "INVALID_TYPE"),
        ({"tags": "vip"}, "tags", "INVALID_TYPE"),
        ({"tags": [None]}, "tags[0]", "INVALID_TYPE"),
        ({"lifecycleStage": "KING"}, "lifecycleStage", "INVALID_ENUM_VALUE"),
        ({"lifecycleStage": 2}, "lifecycleStage", "INVALID_ENUM_VALUE"),
        ({"createTime": "yesterday"}, "createTime", "INVALID_TYPE"),
        ({"customFields": []}, "customFields", "INVALID_TYPE"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(
    body: dict[str, object], field: str, code: str, api: Api
) -> None:
    answer = api("POST", "/v1/contacts", json=body)
    assert answer.status_code == 400
    assert answer.json is not None
    (violation,) = answer.json["violations"]
    assert (violation["field"], violation["code"]) == (field, code)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("nope=1", "nope"),
        ("pageSize=five", "pageSize"),
        ("pageSize=99999999999", "pageSize"),
        ("pageSize=5&pageSize=6", "pageSize"),
        ("showDeleted=yes", "showDeleted"),
        ("q=%00", "q"),
    ],
)
def test_a_wrong_parameter_is_named(query: str, name: str, api: Api) -> None:
    answer = api("GET", f"/v1/contacts?{query}")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["violations"][0]["field"] == name


def test_a_query_that_is_not_utf8_is_refused(api: Api) -> None:
    assert api("GET", "/v1/contacts?q=%ff").status_code == 400


def test_a_body_may_not_repeat_what_the_path_says(api: Api) -> None:
    answer = api("POST", f"{CONTACT}:undelete", json={"id": CONTACT_ID})
    assert answer.status_code == 400
    assert json.loads(answer.data)["violations"][0]["field"] == "id"
