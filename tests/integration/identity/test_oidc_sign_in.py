"""Single sign-on with a real, certified provider: who comes in, as what, and who does not."""

import shutil
import time

import pytest
from protobuf.wkt import FieldMask
from sqlalchemy import select, update

from chassis.database.tables import OutboxRow
from chassis.testing.client import refusal
from services.identity.rules import oidc_keys
from services.identity.rules.oidc_http import away
from services.identity.service import SERVICE
from services.identity.tables.oidc_provider import OidcProviderRow, OidcSignInRow
from tests.integration.identity.people import FIRST_KEY, ROLE_IDS, Browser, Identity
from tests.integration.identity.provider import CLIENT_ID, CLIENT_SECRET, Provider, install
from wasl.identity.v1.credential_service_pb import GetMeRequest
from wasl.identity.v1.oidc_provider_pb import GroupMapping, OidcProvider
from wasl.identity.v1.oidc_provider_service_pb import (
    CreateOidcProviderRequest,
    GetOidcProviderRequest,
    UpdateOidcProviderRequest,
)
from wasl.identity.v1.session_pb import Session
from wasl.identity.v1.session_service_pb import (
    CompleteOidcSignInRequest,
    EndSessionRequest,
    ListSignInOptionsRequest,
    LogOutOidcSessionsRequest,
    StartOidcSignInRequest,
)
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import DeleteUserRequest, DisableUserRequest, ListUsersRequest

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="Node.js is not installed here"
)
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(scope="session")
def provider():
    running = Provider(install())
    yield running
    running.stop()


class House:
    """identity that trusts the provider."""

    def __init__(self, identity: Identity, provider: Provider, **fields) -> None:
        oidc_keys.forget_providers()
        provider.set_client()
        provider.rotate(keep=False)
        self.identity, self.provider = identity, provider
        known = {
            "display_name": "Acme SSO",
            "issuer": provider.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scopes": ["groups"],
            "creates_users": True,
            "enabled": True,
        }
        request = CreateOidcProviderRequest(oidc_provider=OidcProvider(**(known | fields)))
        self.row = identity.client.create_oidc_provider(request)

    def change(self, **fields) -> OidcProvider:
        sent = OidcProvider(id=self.row.id, etag=self.row.etag, **fields)
        request = UpdateOidcProviderRequest(
            oidc_provider=sent, update_mask=FieldMask(paths=list(fields))
        )
        self.row = self.identity.client.update_oidc_provider(request)
        return self.row

    def start(self, browser: Browser, return_to: str = "/contacts"):
        request = StartOidcSignInRequest(provider_id=self.row.id, return_to=return_to)
        return browser.client().start_oidc_sign_in(request)

    def complete(self, browser: Browser, begun, back: dict, **other):
        fields = {
            "code": back["code"],
            "state": back["state"],
            "iss": back.get("iss", ""),
            "browser_token": begun.browser_token,
        } | other
        answer = browser.client().complete_oidc_sign_in(CompleteOidcSignInRequest(**fields))
        browser.session_token = answer.session_token
        return answer

    def sign_in(self, sub: str, at=None) -> tuple[Browser, Session]:
        browser = self.identity.browser()
        begun = self.start(browser)
        back = (at or self.provider.browser(sub)).visit(begun.authorization_url)
        return browser, self.complete(browser, begun, back)

    def me(self, browser: Browser) -> User:
        return browser.client().get_me(GetMeRequest()).user

    def bearer(self, **claims) -> str:
        now = int(time.time())
        known = {"iss": self.provider.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        told = {name: value for name, value in (known | claims).items() if value is not None}
        return self.provider.sign(told)

    def log_out(self, token: str):
        request = LogOutOidcSessionsRequest(id=self.row.id, logout_token=token)
        return self.identity.browser().client().log_out_oidc_sessions(request)

    def logout_claims(self, **claims) -> dict:
        now = int(time.time())
        known = {
            "iss": self.provider.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": f"id-{time.time_ns()}",
            "sub": "ada",
            "events": {EVENT: {}},
        }
        return {name: value for name, value in (known | claims).items() if value is not None}


@pytest.fixture
def identity(start_service):
    settings = {
        "admin_email": "Admin@wasl.example",
        "admin_api_key": FIRST_KEY,
        "oidc_allow_http_loopback": True,
        "public_url": "https://crm.example",
    }
    return Identity(start_service(SERVICE, **settings))


@pytest.fixture
def house(identity, provider):
    yield House(identity, provider)
    provider.close_browsers()


def failed(attempt) -> str:
    refused = refusal(attempt)
    assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "SIGN_IN_FAILED")
    return refused.message


def test_a_person_who_is_not_known_comes_in_and_is_made(house):
    house.provider.person("ada", name="Ada Lovelace", locale="fa-IR")
    browser, answer = house.sign_in("ada")
    assert answer.return_to == "/contacts"
    assert answer.session.method == Session.Method.OIDC
    # Set and empty: the gateway deletes the cookie of the sign-in.
    assert answer.browser_token == ""
    me = house.me(browser)
    assert (me.email, me.display_name, me.locale) == ("ada@wasl.example", "Ada Lovelace", "fa")
    assert me.state == User.State.ACTIVE
    assert me.role_ids == [ROLE_IDS["employee"]]
    again, _ = house.sign_in("ada")
    assert house.me(again).id == me.id


def test_the_way_to_the_provider_has_pkce_state_and_nonce(house):
    url = house.start(house.identity.browser()).authorization_url
    for part in ("code_challenge_method=S256", "code_challenge=", "state=", "nonce="):
        assert part in url
    assert "redirect_uri=https%3A%2F%2Fcrm.example%2Fsign-in%2Fcallback" in url
    assert CLIENT_SECRET not in url


def test_it_is_offered_while_it_is_enabled(house):
    def offered() -> list[str]:
        client = house.identity.browser().client()
        options = client.list_sign_in_options(ListSignInOptionsRequest())
        return [option.display_name for option in options.providers]

    assert offered() == ["Acme SSO"]
    house.change(enabled=False)
    assert offered() == []
    refused = refusal(lambda: house.start(house.identity.browser()))
    assert (refused.code, refused.reason) == ("NOT_FOUND", "NOT_FOUND")


def test_the_client_secret_is_in_no_answer_no_event_and_not_readable(house):
    request = GetOidcProviderRequest(id=house.row.id)
    assert house.identity.client.get_oidc_provider(request).client_secret == ""
    assert house.row.client_secret == ""
    with house.identity.running.session() as session:
        told = b"".join(session.scalars(select(OutboxRow.body)))
        (kept,) = session.scalars(select(OidcProviderRow.sealed_secret))
    assert CLIENT_SECRET.encode() not in told
    assert CLIENT_SECRET.encode() not in bytes(kept)


def test_a_changed_client_secret_is_the_one_that_is_used(house):
    house.provider.person("ada")
    house.change(client_secret="another one that is not the right one")
    begun = house.start(browser := house.identity.browser())
    back = house.provider.browser("ada").visit(begun.authorization_url)
    failed(lambda: house.complete(browser, begun, back))
    house.change(client_secret=CLIENT_SECRET)
    house.sign_in("ada")


def test_a_person_with_the_verified_address_is_the_same_person(house):
    ada = house.identity.person("ada", "salesRepresentative")
    house.provider.person("0815", email="Ada@wasl.example")
    browser, _ = house.sign_in("0815")
    me = house.me(browser)
    assert me.id == ada.id
    assert me.role_ids == ada.role_ids
    # From now on the subject counts, whatever becomes of the address.
    house.provider.person("0815", email="new@wasl.example")
    again, _ = house.sign_in("0815")
    assert house.me(again).id == ada.id


def refused_person(house, sub: str) -> None:
    begun = house.start(browser := house.identity.browser())
    back = house.provider.browser(sub).visit(begun.authorization_url)
    refused = refusal(lambda: house.complete(browser, begun, back))
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "NO_ACCOUNT")


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_opens_nothing(house, verified):
    house.identity.person("admin2", "administrator")
    house.provider.person("mallory", email="admin2@wasl.example", email_verified=verified)
    refused_person(house, "mallory")


def test_an_address_that_was_given_to_somebody_else_there_opens_nothing(house):
    house.provider.person("1", email="ada@wasl.example")
    browser, _ = house.sign_in("1")
    house.provider.person("2", email="ada@wasl.example")
    refused_person(house, "2")
    assert house.identity.is_worthless(
        house.bearer(sub="2", email="ada@wasl.example", email_verified=True), "oidc_token"
    )
    assert browser.is_signed_in


def test_a_deleted_person_is_not_made_again(house):
    house.provider.person("ada")
    browser, _ = house.sign_in("ada")
    me = house.me(browser)
    house.identity.client.delete_user(DeleteUserRequest(id=me.id, etag=me.etag))
    refused_person(house, "ada")
    house.provider.person("other", email="ada@wasl.example")
    refused_person(house, "other")


def test_a_provider_that_is_away_makes_people_wait_once(house, monkeypatch):
    asked: list[str] = []

    def down(url, **_):
        asked.append(url)
        raise away()

    oidc_keys.forget_providers()
    monkeypatch.setattr(oidc_keys, "get_json", down)
    for _ in range(3):
        refused = refusal(lambda: house.start(house.identity.browser()))
        assert (refused.code, refused.reason) == ("UNAVAILABLE", "PROVIDER_DOWN")
        assert house.identity.is_worthless(house.bearer(sub="ada"), "oidc_token")
    assert len(asked) == 1
    oidc_keys.forget_providers()


def test_who_is_not_known_is_not_made_when_the_provider_may_not_make_people(house):
    house.change(creates_users=False)
    house.provider.person("stranger")
    refused_person(house, "stranger")
    users = house.identity.client.list_users(ListUsersRequest()).users
    assert "stranger@wasl.example" not in {user.email for user in users}


def test_a_disabled_person_stays_out(house):
    house.provider.person("ada")
    browser, _ = house.sign_in("ada")
    house.identity.client.disable_user(DisableUserRequest(id=house.me(browser).id))
    refused_person(house, "ada")


def test_groups_give_roles_and_teams_at_every_sign_in(house):
    west, east = house.identity.team("West"), house.identity.team("East")
    house.change(
        group_mappings=[
            GroupMapping(group="sellers", role_id=ROLE_IDS["salesRepresentative"]),
            GroupMapping(group="leaders", role_id=ROLE_IDS["salesManager"], team_id=east.id),
            GroupMapping(group="west", team_id=west.id),
        ]
    )
    house.provider.person("ada", groups=["sellers", "west", "unknown"])
    browser, _ = house.sign_in("ada")
    me = house.me(browser)
    assert (me.role_ids, me.team_id) == ([ROLE_IDS["salesRepresentative"]], west.id)
    house.provider.person("ada", groups=["leaders", "west"])
    me = house.me(house.sign_in("ada")[0])
    assert me.role_ids == [ROLE_IDS["salesManager"]]
    assert {me.team_id, *me.more_team_ids} == {west.id, east.id}
    house.provider.person("ada", groups=[])
    me = house.me(house.sign_in("ada")[0])
    assert (me.role_ids, me.team_id, me.more_team_ids) == ([ROLE_IDS["employee"]], "", [])


def test_a_mapping_that_forgets_the_administrators_locks_nobody_out(house):
    house.change(group_mappings=[GroupMapping(group="sellers", role_id=ROLE_IDS["salesManager"])])
    house.provider.person("boss", email="admin@wasl.example", groups=["sellers"])
    me = house.me(house.sign_in("boss")[0])
    assert set(me.role_ids) == {ROLE_IDS["salesManager"], ROLE_IDS["administrator"]}


def test_nobody_maps_a_group_to_more_than_they_hold(house):
    keeper = house.identity.role("keeper", "identity.oidcProviders.*", "contacts.*")
    client = house.identity.as_person(house.identity.person("eve", role_ids=[keeper.id]))
    mapping = GroupMapping(group="all", role_id=ROLE_IDS["administrator"])
    sent = OidcProvider(id=house.row.id, etag=house.row.etag, group_mappings=[mapping])
    request = UpdateOidcProviderRequest(
        oidc_provider=sent, update_mask=FieldMask(paths=["group_mappings"])
    )
    assert refusal(lambda: client.update_oidc_provider(request)).reason == "GRANT_EXCEEDS_OWN"


@pytest.mark.parametrize("keep", [True, False])
def test_a_new_key_of_the_provider_is_found(house, keep, monkeypatch):
    monkeypatch.setattr(oidc_keys, "_REFETCH", 0.0)
    house.provider.person("ada")
    house.sign_in("ada")
    house.provider.rotate(keep=keep)
    browser, _ = house.sign_in("ada")
    assert browser.is_signed_in


def test_invented_keys_make_the_keys_be_read_anew_once_in_a_while_only(house, monkeypatch):
    house.provider.person("ada")
    house.sign_in("ada")
    asked: list[str] = []
    real = oidc_keys.get_json
    monkeypatch.setattr(
        oidc_keys, "get_json", lambda url, **more: asked.append(url) or real(url, **more)
    )
    for number in range(20):
        token = house.provider.sign({"iss": house.provider.issuer}, kid=f"invented-{number}")
        assert house.identity.is_worthless(token, "oidc_token")
    assert len(asked) <= 2


def test_a_state_works_once_and_in_the_browser_that_has_begun_it(house):
    house.provider.person("ada")
    here, there = house.identity.browser(), house.identity.browser()
    begun, other = house.start(here), house.start(there)
    at = house.provider.browser("ada")
    back = at.visit(begun.authorization_url)
    # Somebody makes another's browser finish their sign-in.
    failed(lambda: house.complete(there, other, back))
    # It is used up by that.
    failed(lambda: house.complete(here, begun, back))
    fresh = house.start(here)
    back = at.visit(fresh.authorization_url)
    for other_fields in ({"state": "invented"}, {"browser_token": ""}):
        failed(lambda fields=other_fields: house.complete(here, fresh, back, **fields))
    last = house.start(here)
    house.complete(here, last, at.visit(last.authorization_url))
    assert here.is_signed_in


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"code_verifier": "x" * 43},
        {"expire_time": "1970-01-01 00:00:00+00"},
    ],
)
def test_an_answer_to_another_sign_in_is_refused(house, spoil):
    house.provider.person("ada")
    begun = house.start(browser := house.identity.browser())
    back = house.provider.browser("ada").visit(begun.authorization_url)
    with house.identity.running.session() as session:
        session.execute(update(OidcSignInRow).values(spoil))
    failed(lambda: house.complete(browser, begun, back))
    assert not browser.is_signed_in


@pytest.mark.parametrize("iss", ["https://evil.example", ""])
def test_the_answer_of_another_provider_is_refused(house, iss):
    house.provider.person("ada")
    begun = house.start(browser := house.identity.browser())
    back = house.provider.browser("ada").visit(begun.authorization_url)
    assert back["iss"] == house.provider.issuer
    failed(lambda: house.complete(browser, begun, back, iss=iss))


def test_a_token_for_another_client_or_of_a_shared_secret_is_refused(house):
    house.provider.person("ada")
    # HS256 with the client secret: whoever knows it could make tokens.
    house.provider.set_client(id_token_signed_response_alg="HS256")
    begun = house.start(browser := house.identity.browser())
    back = house.provider.browser("ada").visit(begun.authorization_url)
    failed(lambda: house.complete(browser, begun, back))


def test_signing_out_leads_to_the_provider_and_ends_the_session_there(house):
    house.provider.person("ada")
    at = house.provider.browser("ada")
    browser, _ = house.sign_in("ada", at)
    answer = browser.client().end_session(EndSessionRequest())
    assert not browser.is_signed_in
    assert answer.end_session_url.startswith(house.provider.issuer)
    assert at.sign_out(answer.end_session_url).startswith("https://crm.example")


def test_the_provider_ends_sessions_by_the_back_channel(house):
    house.provider.person("ada")
    house.provider.person("eve")
    at = house.provider.browser("ada")
    browser, _ = house.sign_in("ada", at)
    elsewhere, _ = house.sign_in("ada")
    other, _ = house.sign_in("eve")
    url = elsewhere.client().end_session(EndSessionRequest()).end_session_url
    assert browser.is_signed_in
    del url
    # The person signs out at the provider, which tells everybody.
    signed_out = house.identity.browser()
    begun = house.start(signed_out)
    house.complete(signed_out, begun, at.visit(begun.authorization_url))
    at.sign_out(f"{house.provider.issuer}/session/end?client_id={CLIENT_ID}")
    token = house.provider.logout_token()
    house.log_out(token)
    assert not browser.is_signed_in
    assert not signed_out.is_signed_in
    assert other.is_signed_in
    # A token works once.
    refused = refusal(lambda: house.log_out(token))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "LOGOUT_TOKEN_INVALID")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"iss": "https://evil.example"},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"nonce": "as an ID token has"},
        {"sub": None},
        {"jti": None},
        {"iat": None},
        {"iat": 1},
        {"iat": int(time.time()) + 3600},
        {"exp": int(time.time()) - 3600},
    ],
)
def test_what_is_no_logout_token_ends_nothing(house, claims):
    house.provider.person("ada")
    browser, _ = house.sign_in("ada")
    token = house.provider.sign(house.logout_claims(**claims))
    refused = refusal(lambda: house.log_out(token))
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "LOGOUT_TOKEN_INVALID")
    assert browser.is_signed_in


def test_a_logout_token_for_a_person_ends_all_their_sessions(house):
    house.provider.person("ada")
    browsers = [house.sign_in("ada")[0] for _ in range(2)]
    house.log_out(house.provider.sign(house.logout_claims()))
    assert [browser.is_signed_in for browser in browsers] == [False, False]


def test_a_token_of_the_provider_is_a_credential_of_a_known_person(house):
    house.provider.person("ada")
    browser, _ = house.sign_in("ada")
    me = house.me(browser)
    claims = house.identity.read(house.identity.resolve("oidc_token", house.bearer(sub="ada")))
    assert (claims["sub"], claims["cred"]) == (me.id, f"oidc:{house.row.id}")
    with_party = house.bearer(sub="ada", aud=[CLIENT_ID, "api"], azp=CLIENT_ID)
    assert house.identity.resolve("oidc_token", with_party)
    house.identity.client.disable_user(DisableUserRequest(id=me.id))
    assert house.identity.is_worthless(house.bearer(sub="ada"), "oidc_token")


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "stranger"},
        {"sub": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT_ID, "api"]},
        {"azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": None},
        {"exp": 1},
        {"exp": "tomorrow"},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"events": {EVENT: {}}},
    ],
)
def test_a_token_that_is_not_for_us_is_worth_nothing(house, claims):
    house.provider.person("ada")
    house.sign_in("ada")
    token = house.bearer(**({"sub": "ada"} | claims))
    assert house.identity.is_worthless(token, "oidc_token")


@pytest.mark.parametrize("token", ["a.b.c", "..", "e30.e30.", "é.é.é", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_worth_nothing(house, token):
    assert house.identity.is_worthless(token, "oidc_token")
