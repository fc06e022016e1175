"""Browser sessions: how they begin, what ends them, and what a failed sign-in tells: nothing."""

import datetime
import time

import pytest
from sqlalchemy import select, update

from chassis.database.tables import OutboxRow
from chassis.resources.purge import purge
from chassis.testing.client import refusal
from services.identity.service import SERVICE
from services.identity.tables.oidc_provider import OidcProviderRow
from services.identity.tables.session import SessionRow
from tests.integration.chassis.test_listing import counted
from tests.integration.identity.people import FIRST_KEY, PASSWORD, ROLE_IDS, Identity
from wasl.identity.v1.credential_service_pb import GetMeRequest
from wasl.identity.v1.password_service_pb import RequestPasswordResetRequest
from wasl.identity.v1.session_pb import Session
from wasl.identity.v1.session_service_pb import (
    EndSessionRequest,
    ListSessionsRequest,
    ListSignInOptionsRequest,
    RevokeSessionRequest,
)
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import (
    DeleteUserRequest,
    DisableUserRequest,
    EnableUserRequest,
    SignOutUserRequest,
)


def test_a_person_signs_in_and_is_who_they_are(identity):
    ada = identity.with_password("ada", "salesRepresentative")
    assert ada.state == User.State.ACTIVE
    browser = identity.browser("198.51.100.7")
    answer = browser.sign_in("Ada@Wasl.example ")
    assert (answer.session.method, answer.session.current) == (Session.Method.PASSWORD, True)
    assert answer.session.address == "198.51.100.7"
    assert answer.session.user_agent == "Mozilla/5.0 (test)"
    assert answer.challenge == ""
    me = browser.client().get_me(GetMeRequest())
    assert me.user.id == ada.id
    assert me.credential == f"session:{answer.session.id}"
    assert "sales.opportunities.get" in {grant.permission for grant in me.grants}


def test_the_token_of_a_session_is_kept_nowhere(identity):
    identity.with_password("ada")
    token = identity.browser().sign_in("ada@wasl.example").session_token
    assert len(token) >= 43
    with identity.running.session() as session:
        (row,) = session.scalars(select(SessionRow)).all()
        kept = repr([getattr(row, column.name) for column in SessionRow.__table__.columns])
        told = b"".join(session.scalars(select(OutboxRow.body)))
    assert token not in kept
    assert token.encode() not in told


def failed(identity, email: str, password: str, address: str = "203.0.113.1") -> tuple:
    refused = refusal(lambda: identity.browser(address).sign_in(email, password))
    return refused.code, refused.reason, refused.message


def test_every_sign_in_that_fails_is_told_in_the_same_words(identity):
    identity.with_password("ada")
    gone = identity.with_password("gone")
    identity.client.disable_user(DisableUserRequest(id=gone.id))
    deleted = identity.with_password("deleted")
    request = DeleteUserRequest(id=deleted.id, etag=deleted.etag)
    identity.client.delete_user(request)
    identity.person("invited")
    said = {
        failed(identity, "ada@wasl.example", "wrong"),
        failed(identity, "nobody@wasl.example", PASSWORD),
        failed(identity, "gone@wasl.example", PASSWORD),
        failed(identity, "deleted@wasl.example", PASSWORD),
        failed(identity, "invited@wasl.example", PASSWORD),
        failed(identity, "no address", PASSWORD),
    }
    assert said == {
        ("UNAUTHENTICATED", "SIGN_IN_FAILED", "The e-mail address and the password do not fit.")
    }


def test_a_wrong_password_and_an_unknown_address_take_the_same_time(identity):
    identity.with_password("ada")

    def seconds(email: str, number: int) -> float:
        started = time.perf_counter()
        failed(identity, email, "wrong", f"203.0.113.{number}")
        return time.perf_counter() - started

    # In turns, and the quickest of each: what else the machine does slows both.
    pairs = [
        (seconds("ada@wasl.example", number), seconds("nobody@wasl.example", number))
        for number in range(15)
    ]
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert known > 0.005
    assert abs(known - unknown) < 0.4 * known


def test_signing_out_ends_a_session_at_once(identity):
    identity.with_password("ada")
    browser, other = identity.browser(), identity.browser()
    browser.sign_in("ada@wasl.example")
    other.sign_in("ada@wasl.example")
    answer = browser.client().end_session(EndSessionRequest())
    # Set and empty: the gateway deletes the cookie.
    assert answer.session_token == ""
    assert answer.end_session_url == ""
    assert not browser.is_signed_in
    assert other.is_signed_in


def test_a_session_keeps_its_token_for_a_moment_until_the_person_is_changed(identity):
    person = identity.with_password("ada")
    browser = identity.browser()
    browser.sign_in("ada@wasl.example")
    first = identity.resolve("session_token", browser.session_token)
    assert identity.resolve("session_token", browser.session_token) == first
    identity.change(identity.user(person.id), role_ids=[ROLE_IDS["analyst"]])
    second = identity.resolve("session_token", browser.session_token)
    assert identity.read(second)["grants"] != identity.read(first)["grants"]


def test_an_api_key_has_no_session_to_end(identity):
    refused = refusal(lambda: identity.client.end_session(EndSessionRequest()))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "NO_SESSION")


def test_people_see_and_revoke_their_own_sessions_only(identity):
    identity.with_password("ada")
    identity.with_password("eve")
    first, second, foreign = (identity.browser() for _ in range(3))
    begun = first.sign_in("ada@wasl.example").session
    second.sign_in("ada@wasl.example")
    others = foreign.sign_in("eve@wasl.example").session
    listed = second.client().list_sessions(ListSessionsRequest()).sessions
    assert [session.current for session in listed] == [True, False]
    assert listed[1].id == begun.id
    second.client().revoke_session(RevokeSessionRequest(id=begun.id))
    assert not first.is_signed_in
    refused = refusal(lambda: second.client().revoke_session(RevokeSessionRequest(id=others.id)))
    assert (refused.code, refused.reason) == ("NOT_FOUND", "NOT_FOUND")
    assert foreign.is_signed_in


@pytest.mark.parametrize("end", ["disable", "delete", "sign out"])
def test_sessions_end_when_access_ends(identity, end):
    ada = identity.with_password("ada")
    browser = identity.browser()
    browser.sign_in("ada@wasl.example")
    match end:
        case "disable":
            identity.client.disable_user(DisableUserRequest(id=ada.id))
            identity.client.enable_user(EnableUserRequest(id=ada.id))
        case "delete":
            identity.client.delete_user(DeleteUserRequest(id=ada.id, etag=ada.etag))
        case "sign out":
            identity.client.sign_out_user(SignOutUserRequest(id=ada.id))
    assert not browser.is_signed_in
    with identity.running.session() as session:
        assert session.scalars(select(SessionRow)).all() == []


@pytest.mark.parametrize(
    ("used", "begun", "lives"),
    [
        (datetime.timedelta(hours=11, minutes=59), datetime.timedelta(hours=12), True),
        (datetime.timedelta(hours=12, minutes=1), datetime.timedelta(hours=13), False),
        (datetime.timedelta(minutes=1), datetime.timedelta(days=6, hours=23), True),
        (datetime.timedelta(minutes=1), datetime.timedelta(days=7, minutes=1), False),
    ],
)
def test_a_session_ends_12_hours_after_its_last_use_and_a_week_after_its_beginning(
    identity, used, begun, lives
):
    identity.with_password("ada")
    browser = identity.browser()
    browser.sign_in("ada@wasl.example")
    now = datetime.datetime.now(datetime.UTC)
    with identity.running.session() as session:
        session.execute(
            update(SessionRow).values(last_use_time=now - used, create_time=now - begun)
        )
    purge(identity.running.runtime)
    with identity.running.session() as session:
        assert len(session.scalars(select(SessionRow)).all()) == lives
    assert browser.is_signed_in == lives


def test_the_last_use_is_kept_to_the_minute(identity):
    identity.with_password("ada")
    browser = identity.browser()
    begun = browser.sign_in("ada@wasl.example").session
    assert browser.is_signed_in
    (first,) = browser.client().list_sessions(ListSessionsRequest()).sessions
    assert first.last_use_time == begun.last_use_time
    earlier = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=5)
    with identity.running.session() as session:
        session.execute(update(SessionRow).values(last_use_time=earlier))
    (later,) = browser.client().list_sessions(ListSessionsRequest()).sessions
    assert later.last_use_time.seconds > earlier.timestamp() + 60


@pytest.mark.parametrize("token", ["x", "", "wasl_a_b", "é" * 43, "A" * 43])
def test_what_is_no_token_of_a_session_is_worth_nothing(identity, token):
    if token:
        assert identity.is_worthless(token, "session_token")


def test_one_may_always_sign_in_with_a_password(identity):
    options = identity.browser().client().list_sign_in_options(ListSignInOptionsRequest())
    assert options.password
    assert list(options.providers) == []


def test_where_people_sign_in_at_a_provider_only_passwords_are_refused(start_service):
    admin = {"admin_email": "admin@wasl.example", "admin_api_key": FIRST_KEY}
    identity = Identity(start_service(SERVICE, password_sign_in=False, **admin))
    browser = identity.browser()
    assert not browser.client().list_sign_in_options(ListSignInOptionsRequest()).password
    reset = RequestPasswordResetRequest(email="admin@wasl.example")
    for attempt in (
        lambda: browser.sign_in("admin@wasl.example"),
        lambda: browser.client().request_password_reset(reset),
    ):
        assert refusal(attempt).reason == "PASSWORDS_OFF"


def test_sessions_and_ways_to_sign_in_are_read_with_one_statement_each(identity):
    ada = identity.with_password("ada")
    browser = identity.browser()
    browser.sign_in("ada@wasl.example")
    client = browser.client()
    asked = []
    for rows in (1, 40):
        with identity.running.session() as session:
            session.add_all(
                SessionRow(user_id=ada.id, method="PASSWORD", token_hash=f"{rows}.{n}".encode())
                for n in range(rows)
            )
            session.add_all(
                OidcProviderRow(
                    display_name="Acme", issuer=f"{rows}.{n}", client_id="wasl", enabled=True
                )
                for n in range(rows)
            )
        with counted(identity.running) as statements:
            sessions = client.list_sessions(ListSessionsRequest()).sessions
            options = client.list_sign_in_options(ListSignInOptionsRequest())
        assert len(sessions) > rows
        assert len(options.providers) >= rows
        asked.append(len(statements))
    assert asked == [2, 2]
