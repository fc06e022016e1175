"""What may be written of a team, and which teams a person belongs to."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from chassis.errors import FailedPrecondition
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from chassis.resources.tree import refuse_circle
from services.identity.tables.team import TeamRow
from services.identity.tables.user import UserRow


@dataclass(frozen=True)
class Teams:
    """The teams of a person."""

    # Those the person is a member of: works in, also belongs to, or leads.
    member: tuple[str, ...]
    # These, and all below them.
    below: tuple[str, ...]


def prepare_team(call: Call, row: TeamRow, write: Write) -> None:
    """Keeps the teams a tree. Raises InvalidArgument for a circle."""
    if "parent_id" in write.fields and row.parent_id and not write.is_new:
        refuse_circle(call, row, field="team.parentId")


def refuse_used_team(call: Call, row: TeamRow) -> None:
    """Raises FailedPrecondition while people or teams belong to a team that is to be deleted."""
    teams = select(TeamRow.id).where(TeamRow.parent_id == row.id, TeamRow.delete_time.is_(None))
    people = select(UserRow.id).where(
        or_(UserRow.team_id == row.id, UserRow.more_team_ids.contains([row.id])),
        UserRow.delete_time.is_(None),
    )
    if call.session.scalar(select(or_(teams.exists(), people.exists()))):
        raise FailedPrecondition("TEAM_IN_USE", "People or teams still belong to this team.")


def teams_of(session: Session, user: UserRow) -> Teams:
    """The teams of a person that are not deleted, the primary one first."""
    named = [*([user.team_id] if user.team_id else []), *user.more_team_ids]
    mine = or_(TeamRow.id.in_(named), TeamRow.manager_id == user.id)
    top = select(TeamRow.id).where(mine, TeamRow.delete_time.is_(None)).cte(recursive=True)
    # UNION and not UNION ALL: a team that is reached twice is followed once.
    below = top.union(
        select(TeamRow.id)
        .join(top, TeamRow.parent_id == top.c.id)
        .where(TeamRow.delete_time.is_(None))
    )
    rows = session.execute(
        select(TeamRow.id, mine).where(TeamRow.id.in_(select(below.c.id))).order_by(TeamRow.id)
    ).all()
    member = [id_ for id_, is_mine in rows if is_mine]
    member.sort(key=lambda id_: id_ != user.team_id)
    return Teams(tuple(member), tuple(id_ for id_, _ in rows))
