"""Users: the standard methods, and the end and return of access."""

from chassis.grpc.call import Call
from chassis.resources.resource import Resource
from chassis.resources.standard import load, save
from services.identity.rules import user as rules
from services.identity.tables.user import UserRow
from wasl.identity.v1 import events_pb, user_service_pb
from wasl.identity.v1.user_pb import User
from wasl.identity.v1.user_service_pb import DisableUserRequest, EnableUserRequest


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
    references={"team_id": "identity.teams"},
    read_only=("disabled",),
    prepare=rules.prepare_user,
    before_delete=rules.keep_an_administrator,
)


def disable_user(request: DisableUserRequest, call: Call) -> User:
    """Ends a person's access. One who has none stays without."""
    row = load(USERS, call, request.id)
    before: User = USERS.mapping.from_row(row)
    if row.disabled:
        return before
    rules.disable(call, row)
    return _saved(call, row, before, "Disabled")


def enable_user(request: EnableUserRequest, call: Call) -> User:
    """Gives a disabled person access again."""
    row = load(USERS, call, request.id)
    before: User = USERS.mapping.from_row(row)
    if not row.disabled:
        return before
    row.disabled = False
    return _saved(call, row, before, "Enabled")


def _saved(call: Call, row: UserRow, before: User, past_tense: str) -> User:
    after = save(USERS, call, row, before=before, past_tense=past_tense)
    assert isinstance(after, User)
    return after
