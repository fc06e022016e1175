"""What may be written of a team."""

from sqlalchemy import or_, select

from chassis.errors import FailedPrecondition
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.resources.tree import refuse_circle
from services.identity.tables.team import TeamRow
from services.identity.tables.user import UserRow


def prepare_team(call: Call, row: TeamRow, write: Write) -> None:
    """Keeps the teams a tree. Raises InvalidArgument for a circle."""
    if "parent_id" in write.fields and row.parent_id and not write.is_new:
        refuse_circle(call, row, field="team.parentId")


def refuse_used_team(call: Call, row: TeamRow) -> None:
    """Raises FailedPrecondition while people or teams belong to a team that is to be deleted."""
    teams = select(TeamRow.id).where(TeamRow.parent_id == row.id, TeamRow.delete_time.is_(None))
    people = select(UserRow.id).where(UserRow.team_id == row.id, UserRow.delete_time.is_(None))
    if call.session.scalar(select(or_(teams.exists(), people.exists()))):
        raise FailedPrecondition("TEAM_IN_USE", "People or teams still belong to this team.")
