"""identity in a test: its first administrator, and people who call it with what they may."""

import datetime
from typing import Any

import grpc
from joserfc import jwt
from protobuf import Oneof
from protobuf.wkt import FieldMask, Timestamp

from chassis.grpc.identity import InternalCredential
from chassis.testing.client import Client, refusal
from services.identity.rules.bootstrap import make_first_administrator
from services.identity.rules.ready_made_roles import READY_MADE_ROLES
from wasl.identity.v1.api_key_pb import ApiKey
from wasl.identity.v1.api_key_service_pb import CreateApiKeyRequest
from wasl.identity.v1.credential_service_pb import ResolveCredentialRequest
from wasl.identity.v1.password_service_pb import ResetPasswordRequest
from wasl.identity.v1.role_pb import Grant, Role, Scope
from wasl.identity.v1.role_service_pb import CreateRoleRequest, UpdateRoleRequest
from wasl.identity.v1.session_service_pb import (
    CreateSessionRequest,
    CreateSessionResponse,
    VerifySessionRequest,
    VerifySessionResponse,
)
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.team_service_pb import CreateTeamRequest, UpdateTeamRequest
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import (
    CreateUserRequest,
    GetUserRequest,
    InviteUserRequest,
    UpdateUserRequest,
)

PASSWORD = "correct horse battery staple"
FIRST_KEY = "wasl_firstkey_" + "s" * 43
# The ids of the roles that come with Wasl, by their keys.
ROLE_IDS = {role.key: role.id for role in READY_MADE_ROLES}


class Identity:
    """identity with a first administrator."""

    def __init__(self, running: Any) -> None:
        self.running = running
        make_first_administrator(running.runtime)
        internal = InternalCredential(issuer="test", internal_key=running.keys.internal)
        self.internal = Client(running, metadata=internal.metadata())
        self.admin_id = self.claims(FIRST_KEY)["sub"]
        self.client = Client(running, user_id=self.admin_id)

    def resolve(self, kind: str, value: str) -> str:
        """The internal token for a credential of a kind, such as `session_token`."""
        request = ResolveCredentialRequest(credential=Oneof(kind, value))
        return self.internal.resolve_credential(request).token

    def token(self, key: str) -> str:
        """The internal token for an API key."""
        return self.resolve("api_key", key)

    def read(self, token: str) -> dict[str, Any]:
        """What an internal token says."""
        return jwt.decode(token, self.running.keys.signing).claims

    def claims(self, key: str) -> dict[str, Any]:
        """What the token for an API key says."""
        return self.read(self.token(key))

    def claims_of(self, user: User) -> dict[str, Any]:
        """What the token for a person says."""
        return self.read(self.resolve("user_id", user.id))

    def is_worthless(self, value: str, kind: str = "api_key") -> bool:
        """Whether a credential is refused, in the words that all are refused in."""
        try:
            self.resolve(kind, value)
        except grpc.RpcError:
            refused = refusal(lambda: self.resolve(kind, value))
            assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "CREDENTIAL_INVALID")
            assert refused.message == "The credential is not valid."
            return True
        return False

    def person(self, name: str, *roles: str, **fields: Any) -> User:
        """A new person, with roles by their keys."""
        if roles:
            fields["role_ids"] = [ROLE_IDS[role] for role in roles]
        user = User(email=f"{name}@wasl.example", display_name=name, **fields)
        return self.client.create_user(CreateUserRequest(user=user))

    def user(self, id_: str) -> User:
        """A person, read again."""
        return self.client.get_user(GetUserRequest(id=id_))

    def browser(self, address: str = "192.0.2.1") -> "Browser":
        """A browser at an address, as the gateway passes on what it says."""
        return Browser(self, address)

    def with_password(
        self, name: str, *roles: str, password: str = PASSWORD, **fields: Any
    ) -> User:
        """A new person who has chosen a password by the link of an invitation."""
        user = self.person(name, *roles, **fields)
        self.browser().client().reset_password(
            ResetPasswordRequest(token=self.invite(user), new_password=password)
        )
        return self.user(user.id)

    def invite(self, user: User) -> str:
        """The token of a new invitation."""
        answer = self.client.invite_user(InviteUserRequest(id=user.id))
        return answer.url.partition("#token=")[2]

    def as_person(self, user: User) -> Client:
        """Calls identity with the token that identity makes for a person."""
        token = self.resolve("user_id", user.id)
        return Client(self.running, metadata=(("authorization", f"Bearer {token}"),))

    def key(self, client: Client | None = None, **fields: Any) -> ApiKey:
        """A new key."""
        fields = {"display_name": "key"} | fields
        return (client or self.client).create_api_key(CreateApiKeyRequest(api_key=ApiKey(**fields)))

    def team(self, name: str, parent: str = "", **fields: Any) -> Team:
        """A new team."""
        team = Team(name=name, parent_id=parent, **fields)
        return self.client.create_team(CreateTeamRequest(team=team))

    def move(self, team: Team, parent: str) -> Team:
        """Puts a team below another."""
        sent = Team(id=team.id, etag=team.etag, parent_id=parent)
        request = UpdateTeamRequest(team=sent, update_mask=FieldMask(paths=["parent_id"]))
        return self.client.update_team(request)

    def role(self, key: str, *grants: str, client: Client | None = None, **fields: Any) -> Role:
        """A new role; a grant is `contacts.*:TEAM`."""
        fields = {"grants": [grant(text) for text in grants]} | fields
        role = Role(key=key, **fields)
        return (client or self.client).create_role(CreateRoleRequest(role=role))

    def change_role(self, role: Role, *, client: Client | None = None, **fields: Any) -> Role:
        """Changes a role."""
        sent = Role(id=role.id, etag=role.etag, **fields)
        request = UpdateRoleRequest(role=sent, update_mask=FieldMask(paths=list(fields)))
        return (client or self.client).update_role(request)

    def change(self, user: User, *, client: Client | None = None, **fields: Any) -> User:
        """Changes a person."""
        sent = User(id=user.id, etag=user.etag, **fields)
        request = UpdateUserRequest(user=sent, update_mask=FieldMask(paths=list(fields)))
        return (client or self.client).update_user(request)


class Browser:
    """A browser: where it is, and the cookies it keeps."""

    def __init__(self, identity: Identity, address: str) -> None:
        self._identity, self._address = identity, address
        self.session_token = ""

    def client(self) -> Client:
        """Calls identity as the gateway does for this browser."""
        internal = InternalCredential(issuer="gateway", internal_key=self._keys.internal)
        metadata = (
            *internal.metadata(),
            ("x-wasl-address", self._address),
            ("x-wasl-agent", "Mozilla/5.0 (test)"),
        )
        if self.session_token:
            token = self._identity.resolve("session_token", self.session_token)
            metadata += (("authorization", f"Bearer {token}"),)
        return Client(self._identity.running, metadata=metadata)

    def sign_in(self, email: str, password: str = PASSWORD) -> CreateSessionResponse:
        """Signs in and keeps the cookie."""
        self.session_token = ""
        request = CreateSessionRequest(email=email, password=password)
        answer = self.client().create_session(request)
        self.session_token = answer.session_token or ""
        return answer

    def verify(self, challenge: str, code: str) -> VerifySessionResponse:
        """The second step."""
        request = VerifySessionRequest(challenge=challenge, code=code)
        answer = self.client().verify_session(request)
        self.session_token = answer.session_token or ""
        return answer

    @property
    def is_signed_in(self) -> bool:
        """Whether the cookie is worth anything."""
        return not self._identity.is_worthless(self.session_token or "x", "session_token")

    @property
    def _keys(self) -> Any:
        return self._identity.running.keys


def grant(text: str) -> Grant:
    """A grant from `contacts.*:TEAM`; without a scope it reaches all."""
    permission, _, scope = text.partition(":")
    return Grant(permission=permission, scope=Scope[scope or "ALL"])


def soon(seconds: float) -> Timestamp:
    """A time so many seconds from now."""
    time_ = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return Timestamp.from_datetime(time_)
