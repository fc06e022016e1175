"""The team that a person works in, for services that keep it with what the person owns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import InvalidArgument
from services.identity.tables.user import UserRow
from wasl.platform.v1.reference_service_pb import LookUpReferencesResponse


def look_up_primary_teams(
    session: Session, field: str, values: Sequence[str]
) -> LookUpReferencesResponse:
    """User id → id of the team that the person works in; people without one are absent."""
    if field != "id":
        raise InvalidArgument("UNKNOWN_KEY", "primaryTeams are looked up by the id of a user.")
    rows = session.execute(
        select(UserRow.id, UserRow.team_id).where(
            UserRow.id.in_(list(values)), UserRow.team_id.is_not(None)
        )
    )
    return LookUpReferencesResponse(ids={id_: team_id for id_, team_id in rows if team_id})
