"""What may be written of a team."""

from sqlalchemy import or_, select

from chassis.errors import FailedPrecondition, invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from services.identity.tables.team import TeamRow
from services.identity.tables.user import UserRow

# No organisation is deeper; a longer chain is a mistake or a circle.
MAX_DEPTH = 20


def prepare_team(call: Call, row: TeamRow, write: Write) -> None:
    """Keeps the teams a tree. Raises InvalidArgument for a circle."""
    if "parent_id" in write.fields and row.parent_id and not write.is_new:
        _refuse_circle(call, row)


def refuse_used_team(call: Call, row: TeamRow) -> None:
    """Raises FailedPrecondition while people or teams belong to a team that is to be deleted."""
    teams = select(TeamRow.id).where(TeamRow.parent_id == row.id, TeamRow.delete_time.is_(None))
    people = select(UserRow.id).where(UserRow.team_id == row.id, UserRow.delete_time.is_(None))
    if call.session.scalar(select(or_(teams.exists(), people.exists()))):
        raise FailedPrecondition("TEAM_IN_USE", "People or teams still belong to this team.")


def _refuse_circle(call: Call, row: TeamRow) -> None:
    parent: str | None = row.parent_id
    for _ in range(MAX_DEPTH):
        if parent is None:
            return
        if parent == row.id:
            break
        parent = call.session.scalar(select(TeamRow.parent_id).where(TeamRow.id == parent))
    raise invalid_field("team.parentId", "a team cannot be part of itself", reason="CIRCLE")
