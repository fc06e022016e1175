"""Browsers: sessions in cookies, and requests that another site makes a browser send."""

from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from services.gateway.app import Gateway
from tests.integration.gateway.browser_fakes import BROWSER_TOKEN, PASSWORD, SESSION_TOKEN
from tests.integration.gateway.conftest import INTERNAL_KEY, Api
from tests.integration.gateway.fakes import CONTACT_ID, GOOD_KEY, FakeServices

CONTACT = f"/v1/contacts/{CONTACT_ID}"
COOKIE = f"__Host-wasl_session={SESSION_TOKEN}"
NO_KEY: dict[str, str | None] = {"Authorization": None}
OURS = {"Origin": "http://localhost"}
PROVIDER = "0198f3a2-0000-7000-8000-000000000009"
LOGOUT = f"/v1/oidcProviders/{PROVIDER}:backChannelLogout"


def browse(api: Api, method: str, path: str, **options: object) -> TestResponse:
    """A request of a browser that is signed in, from our own page."""
    headers = NO_KEY | OURS | {"Cookie": COOKIE} | options.pop("headers", {})  # type: ignore[operator]
    return api(method, path, headers=headers, **options)


@pytest.fixture
def browser(new_api: Api, fake: FakeServices) -> Api:
    fake.good.add(SESSION_TOKEN)
    return new_api


def code(answer: TestResponse) -> str:
    assert answer.json is not None
    return str(answer.json["code"])


def test_a_sign_in_sets_a_cookie_that_no_script_can_read(new_api: Api) -> None:
    body = {"email": "sara@wasl.example", "password": PASSWORD}
    answer = new_api("POST", "/v1/sessions", headers=NO_KEY, json=body)
    assert answer.status_code == 201
    assert answer.headers.getlist("Set-Cookie") == [
        f"{COOKIE}; Path=/; Secure; HttpOnly; SameSite=Lax"
    ]
    assert SESSION_TOKEN not in answer.text
    assert answer.json is not None
    assert "sessionToken" not in answer.json


def test_without_a_session_there_is_no_cookie(new_api: Api) -> None:
    body = {"email": "sara@wasl.example", "password": "wrong"}
    answer = new_api("POST", "/v1/sessions", headers=NO_KEY, json=body)
    assert "Set-Cookie" not in answer.headers
    assert answer.json is not None
    assert answer.json["challenge"] == "a second factor"


def test_a_session_is_a_credential(browser: Api, fake: FakeServices) -> None:
    assert browse(browser, "GET", CONTACT).status_code == 200
    assert (fake.kinds, fake.resolved) == (["session_token"], [SESSION_TOKEN])
    assert fake.metadata[-1]["authorization"] == "Bearer internal-token"


def test_who_signs_out_is_out_with_the_next_request(browser: Api) -> None:
    assert browse(browser, "GET", CONTACT).status_code == 200
    answer = browse(browser, "POST", "/v1/sessions:end")
    assert answer.headers.getlist("Set-Cookie") == [
        "__Host-wasl_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
    ]
    assert browse(browser, "GET", CONTACT).status_code == 401


def test_a_session_that_ends_elsewhere_is_out_with_the_next_request(
    browser: Api, fake: FakeServices
) -> None:
    assert browse(browser, "GET", CONTACT).status_code == 200
    fake.good.discard(SESSION_TOKEN)
    assert browse(browser, "GET", CONTACT).status_code == 401


def test_an_old_session_keeps_nobody_from_signing_in(new_api: Api) -> None:
    body = {"email": "sara@wasl.example", "password": PASSWORD}
    headers = {"Cookie": "__Host-wasl_session=old"}
    assert browse(new_api, "POST", "/v1/sessions", json=body, headers=headers).status_code == 201


def test_a_cookie_and_a_key_are_refused_together(browser: Api, fake: FakeServices) -> None:
    for header in ({"Authorization": f"Bearer {GOOD_KEY}"}, {"X-API-Key": GOOD_KEY}):
        answer = browse(browser, "GET", CONTACT, headers=header)
        assert (answer.status_code, code(answer)) == (400, "TWO_CREDENTIALS")
    assert not fake.asked


def test_a_cookie_that_is_there_twice_is_refused(browser: Api) -> None:
    answer = browse(browser, "GET", CONTACT, headers={"Cookie": f"{COOKIE}; {COOKIE}2"})
    assert (answer.status_code, code(answer)) == (400, "INVALID_COOKIE")


def test_other_cookies_do_not_matter(browser: Api) -> None:
    cookie = f"theme=dark; {COOKIE}; x__Host-wasl_session=other; empty="
    assert browse(browser, "GET", CONTACT, headers={"Cookie": cookie}).status_code == 200


def test_a_token_of_a_provider_is_told_from_a_key(new_api: Api, fake: FakeServices) -> None:
    fake.good.add("a.b.c")
    headers = {"Authorization": "Bearer a.b.c"}
    assert new_api("GET", CONTACT, headers=headers).status_code == 200
    assert fake.kinds == ["oidc_token"]


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8081"},
    {"Origin": "localhost"},
    {"Origin": ""},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": None, "Sec-Fetch-Site": "cross-site"},
    {"Origin": None, "Sec-Fetch-Site": "same-site"},
    {"Origin": None, "Sec-Fetch-Site": "same-origin, cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": None},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/contacts"),
        ("PATCH", CONTACT),
        ("DELETE", CONTACT),
        ("POST", f"{CONTACT}:undelete"),
        ("POST", "/v1/sessions:end"),
        ("POST", "/v1/contacts:import"),
    ],
)
def test_a_write_from_another_site_does_nothing(
    method: str, path: str, headers: dict[str, str | None], browser: Api, fake: FakeServices
) -> None:
    answer = browse(browser, method, path, headers=headers, json={})
    assert (answer.status_code, code(answer)) == (403, "CROSS_ORIGIN")
    assert not fake.asked
    assert not fake.resolved


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},
        {"Origin": None, "Sec-Fetch-Site": "same-origin"},
        {"Origin": None, "Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_write_from_our_own_page_is_done(headers: dict[str, str | None], browser: Api) -> None:
    body = {"displayName": "Sara"}
    assert browse(browser, "POST", "/v1/contacts", headers=headers, json=body).status_code == 201


def test_with_a_public_address_only_its_pages_may_write(
    fake: FakeServices, make_app: Callable[..., Gateway]
) -> None:
    fake.good.add(SESSION_TOKEN)
    api = Api(make_app(public_url="https://crm.example/"))
    body = {"displayName": "Sara"}
    for origin, status in (("https://crm.example", 201), ("http://localhost", 403)):
        answer = browse(api, "POST", "/v1/contacts", headers={"Origin": origin}, json=body)
        assert answer.status_code == status


def test_a_read_for_another_site_is_refused_too(browser: Api, fake: FakeServices) -> None:
    for site in ("cross-site", "same-site"):
        answer = browse(browser, "GET", CONTACT, headers={"Sec-Fetch-Site": site})
        assert code(answer) == "CROSS_ORIGIN"
    assert not fake.asked


def test_another_site_can_sign_nobody_in(new_api: Api, fake: FakeServices) -> None:
    body = {"email": "evil@wasl.example", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = new_api("POST", "/v1/sessions", headers=NO_KEY | headers, json=body)
        assert (answer.status_code, code(answer)) == (403, "CROSS_ORIGIN")
    assert not fake.asked


def test_a_key_needs_no_origin(api: Api) -> None:
    headers = {"Origin": "https://another.example", "Sec-Fetch-Site": "cross-site"}
    answer = api("POST", "/v1/contacts", headers=headers, json={"displayName": "Sara"})
    assert answer.status_code == 201
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_sign_in_is_bound_to_the_browser_that_began_it(new_api: Api, fake: FakeServices) -> None:
    body: dict[str, str] = {"providerId": PROVIDER}
    answer = new_api("POST", "/v1/oidcSignIns:start", headers=NO_KEY, json=body)
    assert answer.headers["Set-Cookie"].startswith(f"__Host-wasl_sign_in={BROWSER_TOKEN};")
    body = {"code": "c", "state": "s"}
    headers = {"Cookie": f"__Host-wasl_sign_in={BROWSER_TOKEN}"}
    answer = browse(new_api, "POST", "/v1/oidcSignIns:complete", headers=headers, json=body)
    assert fake.asked[-1].browser_token == BROWSER_TOKEN
    assert len(answer.headers.getlist("Set-Cookie")) == 2
    assert answer.json == {"returnTo": "/contacts"}


def test_what_is_a_cookie_cannot_be_given_in_the_body(new_api: Api, fake: FakeServices) -> None:
    body = {"code": "c", "state": "s", "browserToken": BROWSER_TOKEN}
    answer = new_api("POST", "/v1/oidcSignIns:complete", headers=NO_KEY, json=body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["violations"][0]["field"] == "browserToken"
    assert not fake.asked


def test_a_provider_may_send_its_logout_as_a_form(new_api: Api, fake: FakeServices) -> None:
    form = {"logout_token": "a.b.c", "unknown": "ignored", "id": "ignored"}
    answer = new_api("POST", LOGOUT, headers=NO_KEY, data=form)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (fake.asked[0].id, fake.asked[0].logout_token) == (PROVIDER, "a.b.c")


@pytest.mark.parametrize(
    "form",
    [b"logout_token=a&logout_token=b", b"logout_token=%ff", b"\xff\xfe", b"logout_token=%00"],
)
def test_a_form_that_is_none_is_a_bad_request(form: bytes, new_api: Api) -> None:
    answer = new_api(
        "POST", LOGOUT, headers=NO_KEY, data=form, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400


def test_a_provider_knows_no_other_refusal_than_400(new_api: Api) -> None:
    answer = new_api("POST", LOGOUT, headers=NO_KEY, data="x", content_type="text/plain")
    assert (answer.status_code, code(answer)) == (400, "UNSUPPORTED_MEDIA_TYPE")


def test_no_other_operation_takes_a_form(browser: Api) -> None:
    answer = browse(browser, "POST", "/v1/contacts", data={"displayName": "Sara"})
    assert answer.status_code == 415


def test_services_are_told_from_where_a_request_comes(api: Api, fake: FakeServices) -> None:
    headers = {"User-Agent": "Firefox/1 " + "x" * 400, "X-Request-Id": "abc"}
    api("GET", CONTACT, headers=headers, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    told = fake.metadata[-1]
    assert told["x-wasl-address"] == "192.0.2.7"
    assert told["x-wasl-agent"] == "Firefox/1 " + "x" * 290
    assert told["x-request-id"] == "abc"
    claims = jwt.decode(
        told["x-wasl-internal"], OctKey.import_key(INTERNAL_KEY.encode()), ["HS256"]
    ).claims
    assert claims["aud"] == "wasl-internal"
