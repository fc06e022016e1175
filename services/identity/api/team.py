"""Teams: the standard methods."""

from chassis.resources.resource import Resource
from services.identity.rules.team import prepare_team, refuse_used_team
from services.identity.tables.team import TeamRow
from wasl.identity.v1 import events_pb, team_service_pb
from wasl.identity.v1.team_pb import Team


def _searched(row: TeamRow) -> tuple[str, ...]:
    return (row.name,)


TEAMS = Resource(
    message=Team,
    table=TeamRow,
    service_pb=team_service_pb,
    events_pb=events_pb,
    name="identity.teams",
    sortable=("create_time", "update_time", "name"),
    searched=_searched,
    keys={"name": "name"},
    references={"parent_id": "identity.teams", "manager_id": "identity.users"},
    prepare=prepare_team,
    before_delete=refuse_used_team,
)
