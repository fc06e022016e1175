"""Whoever loses access is out everywhere within 30 seconds; a browser that signs out, at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.client import Api
from tests.e2e.gateway import running_gateway

# Seconds (design §8).
WITHIN = 30.0
# One place in every service.
EVERYWHERE = ("/v1/contacts", "/v1/opportunities", "/v1/reports/pipeline:run", "/v1/users")


@pytest.fixture(scope="module")
def admin(start_module_service, keys):
    with running_gateway(start_module_service, keys) as api:
        yield api


def person(admin: Api, name: str, *, role: str) -> tuple[str, str, Api]:
    """A new person: id, id of the key, and the API with it."""
    roles = admin.get("/v1/roles", filter=f'key = "{role}"')["roles"]
    user = admin.post(
        "/v1/users",
        {"email": f"{name}@out.example", "displayName": name, "roleIds": [roles[0]["id"]]},
    )
    key = admin.post("/v1/apiKeys", {"displayName": name, "userId": user["id"]})
    return user["id"], key["id"], Api(admin.url, key["secret"])


def seconds_until_refused(api: Api, status: int) -> float:
    """How long it takes until every service refuses with a status."""
    began = time.monotonic()
    while time.monotonic() - began < WITHIN + 10:
        if all(api.answer("GET", path).status_code == status for path in EVERYWHERE):
            return time.monotonic() - began
        time.sleep(0.25)
    return float("inf")


def test_disabled_deprived_and_revoked_people_are_out_within_half_a_minute(admin):
    leaver, _, as_leaver = person(admin, "leaver", role="analyst")
    mover, _, as_mover = person(admin, "mover", role="analyst")
    _, key, as_holder = person(admin, "holder", role="analyst")
    for api in (as_leaver, as_mover, as_holder):
        for path in EVERYWHERE:
            api.call("GET", path)
    nothing = admin.post("/v1/roles", {"key": "nothing", "grants": []})["id"]
    admin.post(f"/v1/users/{leaver}:disable", {})
    etag = admin.get(f"/v1/users/{mover}")["etag"]
    change = {"headers": {"If-Match": f'"{etag}"'}, "json": {"roleIds": [nothing]}}
    admin.call("PATCH", f"/v1/users/{mover}", **change)
    etag = admin.get(f"/v1/apiKeys/{key}")["etag"]
    admin.call("DELETE", f"/v1/apiKeys/{key}", headers={"If-Match": f'"{etag}"'})
    with ThreadPoolExecutor(3) as pool:
        waits = list(
            pool.map(seconds_until_refused, (as_leaver, as_mover, as_holder), (401, 403, 401))
        )
    for api in (as_leaver, as_mover, as_holder):
        api.http.close()
    print("out after", [f"{wait:.1f} s" for wait in waits])
    assert max(waits) <= WITHIN


def browser(admin: Api) -> httpx.Client:
    """A browser on the same site, which keeps its cookies as browsers do on loopback."""
    return httpx.Client(base_url=admin.url, headers={"Origin": admin.url}, timeout=30)


def signed_in(admin: Api, name: str) -> tuple[str, str]:
    """A new person with a password, signed in: the cookie of the session and the user's id."""
    user, _, api = person(admin, name, role="employee")
    api.http.close()
    invited = admin.post(f"/v1/users/{user}:invite", {})
    token = invited["url"].rpartition("token=")[2]
    password = "a long and unusual sentence"
    with browser(admin) as web:
        answer = web.post("/v1/password:reset", json={"token": token, "newPassword": password})
        assert answer.status_code == 200, answer.text
        answer = web.post(
            "/v1/sessions", json={"email": f"{name}@out.example", "password": password}
        )
        assert answer.status_code in (200, 201), answer.text
        assert "sessionToken" not in answer.json()
        cookie = answer.headers["set-cookie"]
    for attribute in ("__Host-wasl_session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    return cookie.partition(";")[0], user


@pytest.mark.parametrize("ends", ["sign-out", "revoke", "admin signs out", "disable"])
def test_an_ended_session_is_refused_at_once(admin, ends):
    cookie, user = signed_in(admin, "browser-" + ends.replace(" ", "-"))
    with browser(admin) as web:
        web.headers["Cookie"] = cookie
        for _ in range(3):
            assert web.get("/v1/me").status_code == 200
        if ends == "sign-out":
            assert web.post("/v1/sessions:end", json={}).status_code == 200
        elif ends == "revoke":
            (session,) = web.get("/v1/sessions").json()["sessions"]
            assert web.post(f"/v1/sessions/{session['id']}:revoke", json={}).status_code == 200
        elif ends == "admin signs out":
            admin.post(f"/v1/users/{user}:signOut", {})
        else:
            admin.post(f"/v1/users/{user}:disable", {})
        # The same cookie, sent again by whoever has a copy of it.
        for path in ("/v1/me", "/v1/users", "/v1/sessions"):
            assert web.get(path).status_code == 401
