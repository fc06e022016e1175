"""Who sees a saved view, and who may write it."""

import orjson
from sqlalchemy import ColumnElement, and_, or_

from chassis.errors import FailedPrecondition, PermissionDenied, invalid_field
from chassis.grpc.call import Call
from chassis.grpc.catalogue import is_permission
from chassis.resources.resource import Write
from services.identity.tables.view import ViewRow

LARGEST_STATE = 16 * 1024


def prepare_view(call: Call, row: ViewRow, write: Write) -> None:
    """Makes a view its maker's. Raises InvalidArgument for one that cannot be."""
    if write.is_new:
        row.owner_id = call.caller.user_id
    row.audience = row.audience or "MINE"
    if write.is_new or "audience" in write.fields:
        row.team_id = call.caller.team_id or None
        if row.audience == "TEAM" and row.team_id is None:
            raise FailedPrecondition("NO_TEAM", "You work in no team that could see it.")
    if "resource" in write.fields and not is_permission(f"{row.resource}.*"):
        raise invalid_field("view.resource", f"there is no {row.resource}", reason="NOT_FOUND")
    if len(orjson.dumps(row.state)) > LARGEST_STATE:
        raise invalid_field("view.state", "has more than 16 KiB", reason="TOO_LARGE")


def visible_views(call: Call) -> ColumnElement[bool]:
    """The views that the caller sees: their own, those of their teams, and everybody's."""
    return or_(
        ViewRow.owner_id == call.caller.user_id,
        ViewRow.audience == "EVERYBODY",
        and_(ViewRow.audience == "TEAM", ViewRow.team_id.in_(call.caller.team_ids)),
    )


def sees(call: Call, row: ViewRow) -> bool:
    """Whether the caller sees a view; the same in Python."""
    return (
        row.owner_id == call.caller.user_id
        or row.audience == "EVERYBODY"
        or (row.audience == "TEAM" and row.team_id in call.caller.team_ids)
    )


def refuse_others(call: Call, row: ViewRow) -> None:
    """Raises PermissionDenied for a write of another person's view, which the caller sees."""
    if row.owner_id != call.caller.user_id:
        raise PermissionDenied("NOT_YOURS", "Only its owner can change a view; save a copy.")
