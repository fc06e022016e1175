"""Users: the standard methods, and the end and return of access."""

from chassis.errors import FailedPrecondition
from chassis.grpc.call import Call
from chassis.resources.resource import Resource
from chassis.resources.standard import load, save
from services.identity.rules import user as rules
from services.identity.tables.user import UserRow
from wasl.identity.v1 import events_pb, user_service_pb
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import (
    DisableUserRequest,
    EnableUserRequest,
    InviteUserRequest,
    InviteUserResponse,
    ResetUserRequest,
    SignOutUserRequest,
)


def _searched(row: UserRow) -> tuple[str, ...]:
    return (row.display_name, row.email)


USERS = Resource(
    message=User,
    table=UserRow,
    service_pb=user_service_pb,
    events_pb=events_pb,
    name="identity.users",
    sortable=("create_time", "update_time", "display_name"),
    searched=_searched,
    keys={"email": "email", "display_name": "display_name"},
    references={
        "team_id": "identity.teams",
        "more_team_ids": "identity.teams",
        "role_ids": "identity.roles",
    },
    read_only=("state", "second_factor"),
    prepare=rules.prepare_user,
    before_delete=rules.prepare_delete,
)


def disable_user(request: DisableUserRequest, call: Call) -> User:
    """Ends a person's access. One who has none stays without."""
    row = load(USERS, call, request.id)
    before: User = USERS.mapping.from_row(row)
    if row.state == "DISABLED":
        return before
    rules.disable(call, row)
    return _saved(call, row, before, "Disabled")


def enable_user(request: EnableUserRequest, call: Call) -> User:
    """Gives a disabled person access again."""
    row = load(USERS, call, request.id)
    before: User = USERS.mapping.from_row(row)
    if row.state != "DISABLED":
        return before
    rules.enable(row)
    return _saved(call, row, before, "Enabled")


def invite_user(_request: InviteUserRequest, _call: Call) -> InviteUserResponse:
    """Invites a person by mail to set a password and sign in."""
    raise FailedPrecondition("NO_SIGN_IN", "Nobody can sign in with a password yet.")


def sign_out_user(_request: SignOutUserRequest, _call: Call) -> User:
    """Ends all sessions of a person."""
    raise FailedPrecondition("NO_SIGN_IN", "Nobody can sign in with a password yet.")


def reset_user(_request: ResetUserRequest, _call: Call) -> User:
    """Takes the second factor of a person away."""
    raise FailedPrecondition("NO_SIGN_IN", "Nobody can sign in with a password yet.")


def _saved(call: Call, row: UserRow, before: User, past_tense: str) -> User:
    after = save(USERS, call, row, before=before, past_tense=past_tense)
    assert isinstance(after, User)
    return after


RPCS = (disable_user, enable_user, invite_user, sign_out_user, reset_user)
