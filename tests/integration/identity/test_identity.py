"""People, teams and credentials."""

import datetime
import json
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from joserfc import jwt
from protobuf.wkt import FieldMask, Timestamp
from sqlalchemy import select, update

from chassis.database.tables import OutboxRow
from chassis.grpc.identity import InternalCredential
from chassis.testing.client import Client, refusal
from services.contacts.service import SERVICE as CONTACTS
from services.identity.rules.bootstrap import make_first_administrator
from services.identity.rules.grants import GRANTS
from services.identity.service import SERVICE
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.user import UserRow
from wasl.contacts.v1.contact_pb import Contact
from wasl.contacts.v1.contact_service_pb import CreateContactRequest, ListContactsRequest
from wasl.identity.v1.api_key_pb import ApiKey
from wasl.identity.v1.api_key_service_pb import (
    CreateApiKeyRequest,
    DeleteApiKeyRequest,
    GetApiKeyRequest,
    ListApiKeysRequest,
    UpdateApiKeyRequest,
)
from wasl.identity.v1.credential_service_pb import GetMeRequest, ResolveCredentialRequest
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.team_service_pb import (
    CreateTeamRequest,
    DeleteTeamRequest,
    UpdateTeamRequest,
)
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import (
    CreateUserRequest,
    DeleteUserRequest,
    DisableUserRequest,
    EnableUserRequest,
    GetUserRequest,
    UpdateUserRequest,
)

Role = User.Role
FIRST_KEY = "wasl_firstkey_" + "s" * 43


class Identity:
    """identity with a first administrator."""

    def __init__(self, running) -> None:
        self.running = running
        make_first_administrator(running.runtime)
        internal = InternalCredential(issuer="test", internal_key=running.keys.internal)
        self._internal = Client(running, metadata=internal.metadata())
        self.admin_id = self.claims(FIRST_KEY)["sub"]
        self.client = Client(running, user_id=self.admin_id)

    def token(self, key: str) -> str:
        """The internal token for a key."""
        return self._internal.resolve_credential(ResolveCredentialRequest(api_key=key)).token

    def claims(self, key: str) -> dict:
        """What the token says."""
        return jwt.decode(self.token(key), self.running.keys.signing).claims

    def is_worthless(self, key: str) -> bool:
        """Whether a key is refused, in the words that all are refused in."""
        try:
            self.token(key)
        except grpc.RpcError:
            refused = refusal(lambda: self.token(key))
            assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "CREDENTIAL_INVALID")
            assert refused.message == "The credential is not valid."
            return True
        return False

    def person(self, name: str, **fields) -> User:
        """A new person."""
        user = User(email=f"{name}@wasl.example", display_name=name, **fields)
        return self.client.create_user(CreateUserRequest(user=user))

    def as_person(self, user: User) -> Client:
        """Calls identity with what the person's role grants."""
        return Client(self.running, *GRANTS[user.role.name], user_id=user.id)

    def key(self, client: Client | None = None, **fields) -> ApiKey:
        """A new key."""
        fields = {"display_name": "key"} | fields
        return (client or self.client).create_api_key(CreateApiKeyRequest(api_key=ApiKey(**fields)))

    def team(self, name: str, parent: str = "") -> Team:
        """A new team."""
        return self.client.create_team(CreateTeamRequest(team=Team(name=name, parent_id=parent)))

    def move(self, team: Team, parent: str) -> Team:
        """Puts a team below another."""
        sent = Team(id=team.id, etag=team.etag, parent_id=parent)
        request = UpdateTeamRequest(team=sent, update_mask=FieldMask(paths=["parent_id"]))
        return self.client.update_team(request)

    def change(self, user: User, **fields) -> User:
        """Changes a person."""
        sent = User(id=user.id, etag=user.etag, **fields)
        request = UpdateUserRequest(user=sent, update_mask=FieldMask(paths=list(fields)))
        return self.client.update_user(request)


@pytest.fixture
def identity(start_service):
    admin = {"admin_email": "Admin@wasl.example", "admin_api_key": FIRST_KEY}
    return Identity(start_service(SERVICE, **admin))


def soon(seconds: float) -> Timestamp:
    time_ = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return Timestamp.from_datetime(time_)


def test_the_first_administrator_may_do_everything_and_is_made_once(identity):
    me = identity.client.get_me(GetMeRequest())
    assert (me.user.email, me.user.role) == ("admin@wasl.example", Role.ADMINISTRATOR)
    assert identity.claims(FIRST_KEY)["grants"] == ["*"]
    make_first_administrator(identity.running.runtime)
    with identity.running.session() as session:
        assert len(session.scalars(select(UserRow.id)).all()) == 1


def test_the_secret_of_a_key_is_told_once_and_kept_nowhere(identity):
    made = identity.key()
    assert made.secret.startswith("wasl_")
    assert len(made.secret) > 60
    assert identity.client.get_api_key(GetApiKeyRequest(id=made.id)).secret == ""
    listed = identity.client.list_api_keys(ListApiKeysRequest()).api_keys
    assert {key.secret for key in listed} == {""}
    secret = made.secret.rpartition("_")[2]
    with identity.running.session() as session:
        row = session.get_one(ApiKeyRow, made.id)
        kept = repr([getattr(row, column.name) for column in ApiKeyRow.__table__.columns])
        told = b"".join(session.scalars(select(OutboxRow.body)))
    assert secret not in kept
    assert secret.encode() not in told
    assert identity.claims(made.secret)["sub"] == identity.admin_id


def test_a_repeated_creation_answers_with_the_same_secret(identity):
    request = CreateApiKeyRequest(api_key=ApiKey(display_name="key"))
    first, second = (
        identity.client.create_api_key(request, idempotency_key="one") for _ in range(2)
    )
    assert first == second
    assert not identity.is_worthless(second.secret)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key + "x",
        lambda key: key.replace("wasl_", "lsaw_"),
        lambda key: key.rpartition("_")[0] + "_",
        lambda key: "wasl__",
        lambda key: "x",
        lambda key: "wasl_" + "é" * 60,
    ],
)
def test_a_key_that_is_not_quite_one_is_worth_nothing(identity, spoil):
    assert identity.is_worthless(spoil(identity.key().secret))


def test_an_expired_key_is_worth_nothing(identity):
    made = identity.key(expire_time=soon(1))
    assert not identity.is_worthless(made.secret)
    time.sleep(1.1)
    assert identity.is_worthless(made.secret)
    refused = refusal(lambda: identity.key(expire_time=soon(-60)))
    assert refused.fields == ["apiKey.expireTime"]


def test_a_deleted_key_is_worth_nothing(identity):
    made = identity.key()
    identity.client.delete_api_key(DeleteApiKeyRequest(id=made.id, etag=made.etag))
    assert identity.is_worthless(made.secret)


def test_a_disabled_persons_keys_are_worth_nothing_until_they_are_back(identity):
    person = identity.person("ada")
    made = identity.key(user_id=person.id)
    assert identity.claims(made.secret)["sub"] == person.id
    identity.client.disable_user(DisableUserRequest(id=person.id))
    assert identity.is_worthless(made.secret)
    identity.client.enable_user(EnableUserRequest(id=person.id))
    assert not identity.is_worthless(made.secret)
    read = identity.client.get_user(GetUserRequest(id=person.id))
    identity.client.delete_user(DeleteUserRequest(id=person.id, etag=read.etag))
    assert identity.is_worthless(made.secret)


def test_the_last_use_is_kept_to_the_minute_and_makes_no_new_version(identity):
    made = identity.key()
    assert identity.client.get_api_key(GetApiKeyRequest(id=made.id)).last_use_time is None
    identity.token(made.secret)
    first = identity.client.get_api_key(GetApiKeyRequest(id=made.id))
    assert first.last_use_time is not None
    identity.token(made.secret)
    assert identity.client.get_api_key(GetApiKeyRequest(id=made.id)) == first
    with identity.running.session() as session:
        earlier = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=61)
        session.execute(update(ApiKeyRow).values(last_use_time=earlier))
    identity.token(made.secret)
    last = identity.client.get_api_key(GetApiKeyRequest(id=made.id))
    assert last.last_use_time.seconds > earlier.timestamp() + 30
    assert last.etag == first.etag


def test_who_may_not_change_users_makes_keys_only_for_themselves(identity):
    person = identity.person("ada")
    client = Client(
        identity.running,
        "identity.apiKeys.create",
        "identity.apiKeys.update",
        user_id=person.id,
    )
    own = identity.key(client)
    assert own.user_id == person.id
    refused = refusal(lambda: identity.key(client, user_id=identity.admin_id))
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    # Nor do they make another's key their own, or their own another's.
    others = identity.key()
    for key, user_id in ((others, person.id), (own, identity.admin_id)):
        sent = ApiKey(id=key.id, etag=key.etag, user_id=user_id)
        request = UpdateApiKeyRequest(api_key=sent, update_mask=FieldMask(paths=["user_id"]))
        assert refusal(lambda request=request: client.update_api_key(request)).code in (
            "PERMISSION_DENIED",
            "INVALID_ARGUMENT",
        )
    assert identity.claims(others.secret)["sub"] == identity.admin_id


def test_a_key_acts_as_one_person_for_ever(identity):
    person, made = identity.person("ada"), identity.key()
    sent = ApiKey(id=made.id, etag=made.etag, user_id=person.id)
    request = UpdateApiKeyRequest(api_key=sent, update_mask=FieldMask(paths=["user_id"]))
    refused = refusal(lambda: identity.client.update_api_key(request))
    assert [(v.field, v.reason) for v in refused.violations] == [("apiKey.userId", "IMMUTABLE")]


def test_a_member_and_a_viewer_make_neither_keys_nor_people(identity):
    for role in (Role.MEMBER, Role.VIEWER):
        client = identity.as_person(identity.person(role.name.lower(), role=role))
        assert refusal(lambda client=client: identity.key(client)).code == "PERMISSION_DENIED"
        request = CreateUserRequest(user=User(email="x@wasl.example", display_name="x"))
        assert refusal(lambda c=client, r=request: c.create_user(r)).code == "PERMISSION_DENIED"


def test_a_viewer_reads_and_does_not_write(identity, start_service):
    viewer = identity.person("viewer", role=Role.VIEWER)
    token = identity.token(identity.key(user_id=viewer.id).secret)
    contacts = start_service(CONTACTS)
    client = Client(contacts, metadata=(("authorization", f"Bearer {token}"),))
    assert client.list_contacts(ListContactsRequest()).contacts == []
    request = CreateContactRequest(contact=Contact(display_name="Ada"))
    refused = refusal(lambda: client.create_contact(request))
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    # The viewer's own grants are what stops it, not the token.
    member = identity.change(viewer, role=Role.MEMBER)
    token = identity.token(identity.key(user_id=member.id).secret)
    client = Client(contacts, metadata=(("authorization", f"Bearer {token}"),))
    assert client.create_contact(request).owner_id == viewer.id


def test_a_token_lives_a_minute_and_names_person_team_and_grants(identity):
    team = identity.team("West")
    person = identity.person("ada", team_id=team.id)
    token = identity.token(identity.key(user_id=person.id).secret)
    found = jwt.decode(token, identity.running.keys.signing)
    assert found.header["alg"] == "ES256"
    claims = found.claims
    assert 50 < claims.pop("exp") - time.time() <= 60
    assert claims == {
        "iss": "identity",
        "aud": "wasl",
        "sub": person.id,
        "teams": [team.id],
        "grants": json.loads(json.dumps(list(GRANTS["MEMBER"]))),
    }


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
            return identity.change(user, role=Role.VIEWER)
        if end == "disable":
            return identity.client.disable_user(DisableUserRequest(id=user.id))
        return identity.client.delete_user(DeleteUserRequest(id=user.id, etag=user.etag))

    refused = refusal(lambda: finish(admin))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "LAST_ADMINISTRATOR")
    # A disabled administrator is none.
    other = identity.person("ada", role=Role.ADMINISTRATOR)
    identity.client.disable_user(DisableUserRequest(id=other.id))
    assert refusal(lambda: finish(admin)).reason == "LAST_ADMINISTRATOR"
    identity.client.enable_user(EnableUserRequest(id=other.id))
    finish(admin)


def test_two_administrators_cannot_end_each_other_at_once(identity):
    other = identity.person("ada", role=Role.ADMINISTRATOR)
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


def test_a_team_is_never_part_of_itself(identity):
    top = identity.team("Top")
    middle = identity.team("Middle", top.id)
    bottom = identity.team("Bottom", middle.id)
    for child in (top, middle, bottom):
        refused = refusal(lambda child=child: identity.move(top, child.id))
        assert [(v.field, v.reason) for v in refused.violations] == [("team.parentId", "CIRCLE")]
    assert identity.move(bottom, top.id).parent_id == top.id


def test_two_moves_at_once_make_no_circle(identity):
    for number in range(8):
        one, two = identity.team(f"One {number}"), identity.team(f"Two {number}")

        def move(pair: tuple[Team, Team]) -> bool:
            try:
                identity.move(pair[0], pair[1].id)
            except grpc.RpcError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            moved = list(pool.map(move, [(one, two), (two, one)]))
        assert moved.count(True) <= 1


def test_a_team_that_people_or_teams_belong_to_cannot_be_deleted(identity):
    top = identity.team("Top")
    child = identity.team("Child", top.id)
    person = identity.person("ada", team_id=child.id)
    for team in (top, child):
        request = DeleteTeamRequest(id=team.id, etag=team.etag)
        refused = refusal(lambda request=request: identity.client.delete_team(request))
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "TEAM_IN_USE")
    identity.change(person, team_id="")
    identity.client.delete_team(DeleteTeamRequest(id=child.id, etag=child.etag))
    identity.client.delete_team(DeleteTeamRequest(id=top.id, etag=top.etag))
