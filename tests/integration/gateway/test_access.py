"""Credentials, limits and the pages beside the API."""

import threading
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from services.gateway.app import Gateway
from tests.integration.gateway.conftest import INTERNAL_KEY, Api
from tests.integration.gateway.fakes import CONTACT_ID, GOOD_KEY, FakeServices

CONTACT = f"/v1/contacts/{CONTACT_ID}"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": None}, "CREDENTIAL_MISSING"),
        ({"Authorization": "Basic eDp5"}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer wrong"}, "CREDENTIAL_INVALID"),
        ({"Authorization": "Bearer " + "x" * 500}, "CREDENTIAL_INVALID"),
        ({"X-API-Key": "another"}, "CREDENTIAL_INVALID"),
    ],
)
def test_without_a_good_credential_nothing_is_asked(
    headers: dict[str, str | None], code: str, api: Api, fake: FakeServices
) -> None:
    answer = api("GET", CONTACT, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json is not None
    assert answer.json["code"] == code
    assert not fake.asked


def test_an_api_key_may_come_in_its_own_header(api: Api) -> None:
    headers = {"Authorization": None, "X-API-Key": GOOD_KEY}
    assert api("GET", CONTACT, headers=headers).status_code == 200


def test_a_credential_is_resolved_once_and_then_remembered(
    new_api: Api, fake: FakeServices
) -> None:
    for _ in range(5):
        assert new_api("GET", CONTACT).status_code == 200
    assert fake.resolved == [GOOD_KEY]


def test_a_bad_credential_is_remembered_too(new_api: Api, fake: FakeServices) -> None:
    for _ in range(5):
        new_api("GET", CONTACT, headers={"Authorization": "Bearer wrong"})
    assert fake.resolved == ["wrong"]


def test_a_hundred_requests_at_once_make_one_call(new_api: Api, fake: FakeServices) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(new_api("GET", CONTACT).status_code))
        for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 100
    assert fake.resolved == [GOOD_KEY]


def test_identity_is_told_that_the_gateway_asks(new_api: Api, fake: FakeServices) -> None:
    new_api("GET", CONTACT)
    token = fake.metadata[0]["x-wasl-internal"]
    claims = jwt.decode(token, OctKey.import_key(INTERNAL_KEY.encode()), ["HS256"]).claims
    assert (claims["iss"], claims["aud"]) == ("gateway", "wasl-internal")
    assert claims["exp"] - claims["iat"] == 60


def test_answers_tell_how_much_is_left(new_api: Api) -> None:
    answer = new_api("GET", CONTACT)
    assert answer.headers["RateLimit-Limit"] == "1000"
    assert int(answer.headers["RateLimit-Remaining"]) == 1999
    assert answer.headers["RateLimit-Policy"] == "1000;w=1"


def test_a_client_that_is_too_fast_is_told_to_wait(
    fake: FakeServices, make_app: Callable[..., Gateway]
) -> None:
    api = Api(make_app(rate_limit=1))
    statuses = [api("GET", CONTACT).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    answer = api("GET", CONTACT)
    assert answer.headers["Retry-After"] == "1"
    assert answer.json is not None
    assert answer.json["code"] == "RATE_LIMITED"


def test_the_gateway_lives(api: Api) -> None:
    assert api("GET", "/healthz").json == {"status": "SERVING"}


def test_the_gateway_is_ready_when_all_services_are(new_api: Api) -> None:
    answer = new_api("GET", "/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert set(answer.json["services"]) == {"contacts", "identity", "sales", "reporting"}


def test_the_gateway_is_not_ready_while_a_service_is_not(new_api: Api, fake: FakeServices) -> None:
    fake.health = b"\x08\x02"
    answer = new_api("GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["services"]["contacts"] == "NOT_SERVING"


def test_metrics_tell_routes_and_not_addresses(api: Api) -> None:
    api("GET", CONTACT)
    api("GET", "/v1/made/up")
    text = api("GET", "/metrics").text
    assert 'route="/v1/contacts/{id}"' in text
    assert CONTACT_ID not in text
    assert "made" not in text


def test_the_pages_stand_by_themselves(api: Api) -> None:
    answer = api("GET", "/docs", headers={"Authorization": None})
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    with api("GET", "/docs/static/docs.css") as style:
        assert style.status_code == 200
    assert api("GET", "/openapi.json").json is not None
    assert api("GET", "/docs/static/nothing").content_type == "application/problem+json"
    assert api("POST", "/docs").status_code == 405
