"""People: who may make and change them, and that an administrator stays."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from protobuf.wkt import FieldMask
from sqlalchemy import select

from chassis.testing.client import refusal
from services.identity.rules.bootstrap import make_first_administrator
from services.identity.tables.user import UserRow
from tests.integration.identity.people import FIRST_KEY, ROLE_IDS
from wasl.identity.v1.credential_service_pb import GetMeRequest, UpdateMeRequest
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import (
    CreateUserRequest,
    DeleteUserRequest,
    DisableUserRequest,
    EnableUserRequest,
    GetUserRequest,
    ListUsersRequest,
)


def test_the_first_administrator_may_do_everything_and_is_made_once(identity):
    me = identity.client.get_me(GetMeRequest())
    assert me.user.email == "admin@wasl.example"
    assert me.user.role_ids == [ROLE_IDS["administrator"]]
    assert identity.claims(FIRST_KEY)["grants"] == ["*"]
    make_first_administrator(identity.running.runtime)
    with identity.running.session() as session:
        assert len(session.scalars(select(UserRow.id)).all()) == 1


def test_an_address_is_one_whatever_its_case(identity):
    made = identity.person("ADA")
    assert made.email == "ada@wasl.example"
    refused = refusal(lambda: identity.person("ada"))
    assert (refused.code, refused.fields) == ("ALREADY_EXISTS", ["email"])


@pytest.mark.parametrize("end", ["role", "disable", "delete"])
def test_the_last_administrator_stays(identity, end):
    admin = identity.client.get_user(GetUserRequest(id=identity.admin_id))

    def finish(user: User):
        if end == "role":
            return identity.change(user, role_ids=[ROLE_IDS["employee"]])
        if end == "disable":
            return identity.client.disable_user(DisableUserRequest(id=user.id))
        return identity.client.delete_user(DeleteUserRequest(id=user.id, etag=user.etag))

    refused = refusal(lambda: finish(admin))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "LAST_ADMINISTRATOR")
    # A disabled administrator is none.
    other = identity.person("ada", "administrator")
    identity.client.disable_user(DisableUserRequest(id=other.id))
    assert refusal(lambda: finish(admin)).reason == "LAST_ADMINISTRATOR"
    identity.client.enable_user(EnableUserRequest(id=other.id))
    finish(admin)


def test_two_administrators_cannot_end_each_other_at_once(identity):
    other = identity.person("ada", "administrator")
    ids = [identity.admin_id, other.id]

    def disable(id_: str) -> str:
        try:
            identity.client.disable_user(DisableUserRequest(id=id_))
        except grpc.RpcError:
            return "refused"
        return "disabled"

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(disable, ids))
        assert sorted(answers) in (["disabled", "refused"], ["refused", "refused"])
        for id_ in ids:
            identity.client.enable_user(EnableUserRequest(id=id_))


def test_a_person_without_roles_is_an_employee(identity):
    assert identity.person("ada").role_ids == [ROLE_IDS["employee"]]
    assert identity.person("bob", "analyst").role_ids == [ROLE_IDS["analyst"]]


def test_people_are_invited_until_they_sign_in_and_are_nobody_while_they_are_disabled(identity):
    person = identity.person("ada")
    assert person.state == User.State.INVITED
    sent = User(email="eve@wasl.example", display_name="Eve", state=User.State.ACTIVE)
    made = identity.client.create_user(CreateUserRequest(user=sent))
    assert made.state == User.State.INVITED
    disabled = identity.client.disable_user(DisableUserRequest(id=person.id))
    assert disabled.state == User.State.DISABLED
    assert identity.is_worthless(person.id, "user_id")
    enabled = identity.client.enable_user(EnableUserRequest(id=person.id))
    assert enabled.state == User.State.INVITED
    assert not identity.is_worthless(person.id, "user_id")


def test_language_calendar_digits_and_week_are_kept(identity):
    fields = {
        "locale": "fa",
        "calendar": User.Calendar.PERSIAN,
        "digits": User.Digits.PERSIAN_DIGITS,
        "time_zone": "Asia/Tehran",
        "first_day_of_week": User.Weekday.SATURDAY,
        "weekend": [User.Weekday.THURSDAY, User.Weekday.FRIDAY],
    }
    person = identity.person("ada", **fields)
    read = identity.user(person.id)
    assert {name: getattr(read, name) for name in fields} == fields
    plain = identity.person("bob")
    assert (plain.locale, plain.time_zone, plain.weekend) == ("en", "UTC", [])


@pytest.mark.parametrize("zone", ["Asia/Teheran", "../etc/passwd", "/etc/localtime", "x" * 64])
def test_a_time_zone_there_is_not_is_refused(identity, zone):
    refused = refusal(lambda: identity.person("ada", time_zone=zone))
    assert [(v.field, v.reason) for v in refused.violations] == [("user.timeZone", "UNKNOWN_ZONE")]


@pytest.mark.parametrize("field", ["role_ids", "more_team_ids"])
def test_roles_and_teams_must_be_there(identity, field):
    absent = "01900000-0000-7000-8000-00000000dead"
    refused = refusal(lambda: identity.person("ada", **{field: [absent]}))
    assert [(v.field, v.reason) for v in refused.violations] == [(f"user.{field}[0]", "NOT_FOUND")]


def test_people_change_of_themselves_what_is_theirs(identity):
    ada = identity.person("ada", "salesRepresentative")
    client = identity.as_person(ada)

    def change(**fields) -> User:
        mask = FieldMask(paths=list(fields))
        return client.update_me(UpdateMeRequest(user=User(**fields), update_mask=mask)).user

    changed = change(locale="ar", display_name="آدا")
    assert (changed.locale, changed.display_name) == ("ar", "آدا")
    assert identity.user(ada.id).locale == "ar"
    for field, value in {
        "email": "x@wasl.example",
        "role_ids": [ROLE_IDS["administrator"]],
    }.items():
        refused = refusal(lambda field=field, value=value: change(**{field: value}))
        assert [v.reason for v in refused.violations] == ["NOT_YOURS"]
    me = client.get_me(GetMeRequest())
    assert me.credential == "user"
    assert me.user == identity.user(ada.id)


def test_who_may_change_people_gives_nobody_more_than_they_hold(identity):
    officer = identity.as_person(identity.person("officer", "operations"))
    ada = identity.person("ada")
    sales = [ROLE_IDS["salesManager"]]
    assert identity.change(ada, client=officer, role_ids=sales).role_ids == sales
    for key in ("administrator", "auditor", "hrOfficer"):
        ada = identity.user(ada.id)
        refused = refusal(
            lambda key=key, ada=ada: identity.change(ada, client=officer, role_ids=[ROLE_IDS[key]])
        )
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN")
    new = User(email="eve@wasl.example", display_name="Eve", role_ids=[ROLE_IDS["administrator"]])
    refused = refusal(lambda: officer.create_user(CreateUserRequest(user=new)))
    assert refused.reason == "GRANT_EXCEEDS_OWN"


def test_who_may_change_people_cannot_take_over_an_administrator(identity):
    officer = identity.as_person(identity.person("officer", "operations"))
    second = identity.person("second", "administrator")
    attempts = [
        lambda: identity.change(second, client=officer, email="mine@wasl.example"),
        lambda: identity.change(second, client=officer, role_ids=[]),
        lambda: officer.disable_user(DisableUserRequest(id=second.id)),
        lambda: officer.delete_user(DeleteUserRequest(id=second.id, etag=second.etag)),
        lambda: identity.key(officer, user_id=second.id),
    ]
    for attempt in attempts:
        refused = refusal(attempt)
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "GRANT_EXCEEDS_OWN")
    assert identity.user(second.id).email == "second@wasl.example"
    # What gives no power is theirs to do.
    assert identity.change(second, client=officer, display_name="Ada").display_name == "Ada"


def test_people_are_found_by_their_role_and_team(identity):
    team = identity.team("West")
    ada = identity.person("ada", "analyst", team_id=team.id)
    identity.person("bob", "auditor")
    for query in (f"roleIds:{ROLE_IDS['analyst']}", f'teamId = "{team.id}"'):
        page = identity.client.list_users(ListUsersRequest(filter=query))
        assert [user.id for user in page.users] == [ada.id]


def test_an_ordinary_person_makes_neither_keys_nor_people(identity):
    for role in ("salesManager", "employee", "analyst"):
        client = identity.as_person(identity.person(role.lower(), role))
        assert refusal(lambda client=client: identity.key(client)).code == "PERMISSION_DENIED"
        request = CreateUserRequest(user=User(email="x@wasl.example", display_name="x"))
        assert refusal(lambda c=client, r=request: c.create_user(r)).code == "PERMISSION_DENIED"
