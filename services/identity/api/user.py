"""Users: the standard methods, and the end and return of access."""

from chassis.errors import FailedPrecondition
from chassis.grpc.call import Call
from chassis.resources.resource import Resource
from chassis.resources.standard import load, save
from services.identity.rules import second_factor
from services.identity.rules import user as rules
from services.identity.rules.mails import mail_invitation
from services.identity.rules.one_time_token import INVITATION, make_token, reset_url
from services.identity.rules.role import refuse_more_powerful
from services.identity.rules.session import end_sessions
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


def invite_user(request: InviteUserRequest, call: Call) -> InviteUserResponse:
    """Invites a person by mail to set a password. A new invitation ends the one before.

    Raises FailedPrecondition NOT_INVITABLE for one who has access already, or has lost it.
    """
    row = load(USERS, call, request.id)
    refuse_more_powerful(call, row)
    if row.state != "INVITED":
        raise FailedPrecondition(
            "NOT_INVITABLE", "Only somebody who has not signed in yet can be invited."
        )
    url = reset_url(call, make_token(call.session, row.id, INVITATION))
    mail_invitation(call.session, row, url)
    return InviteUserResponse(user=USERS.mapping.from_row(row), url=url)


def sign_out_user(request: SignOutUserRequest, call: Call) -> User:
    """Ends all sessions of a person."""
    row = load(USERS, call, request.id)
    end_sessions(call.session, row.id)
    user: User = USERS.mapping.from_row(row)
    return user


def reset_user(request: ResetUserRequest, call: Call) -> User:
    """Takes the second factor of a person away who has lost it. Their sessions end."""
    row = load(USERS, call, request.id)
    refuse_more_powerful(call, row)
    end_sessions(call.session, row.id)
    before: User = USERS.mapping.from_row(row)
    second_factor.remove(call.session, row)
    return _saved(call, row, before, "Updated") if before.second_factor else before


def _saved(call: Call, row: UserRow, before: User, past_tense: str) -> User:
    after = save(USERS, call, row, before=before, past_tense=past_tense)
    assert isinstance(after, User)
    return after


RPCS = (disable_user, enable_user, invite_user, sign_out_user, reset_user)
