"""What opens one row to somebody: record scope in Python, for checks and explanations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, inspect, or_, select
from sqlalchemy.orm import Session

from chassis.database.scope import Access
from chassis.database.tables import ShareRow
from chassis.grpc.grants import Scope
from chassis.grpc.identity import Caller


@dataclass(frozen=True)
class Decision:
    """What opens a record: `OWN`, `TEAM`, `SUBTREE`, `ALL`, or `SHARE` and which one."""

    by: str
    share_id: str = ""


def in_scope(caller: Caller, scope: Scope, owner_id: str | None, team_id: str | None) -> bool:
    """Whether a record of this owner and team lies in a caller's scope."""
    if scope == Scope.ALL or (owner_id and owner_id == caller.user_id):
        return True
    teams = {Scope.TEAM: caller.team_ids, Scope.SUBTREE: caller.below_ids}.get(scope, ())
    return team_id is not None and team_id in teams


# any: escaped, because rows of all tables are decided about
def decide(session: Session, access: Access, row: Any) -> Decision | None:
    """What opens a row, as it was when it was read; None when nothing does."""
    reach = access.reach(row.resource_name)
    if reach.scope is None:
        return None
    owner_id, team_id = _before(row, "owner_id"), _before(row, "team_id")
    for scope in Scope:
        if scope <= reach.scope and in_scope(access.caller, scope, owner_id, team_id):
            return Decision(scope.name)
    for resource, record_id in _shareable(row):
        if found := _share(session, access.caller, resource, record_id, reach.levels):
            return Decision("SHARE", found)
    return None


def _before(row: Any, name: str) -> Any:
    history = inspect(row).attrs[name].history
    return history.deleted[0] if history.deleted else getattr(row, name)


def _shareable(row: Any) -> Iterator[tuple[str, str]]:
    """The records whose shares open this one."""
    yield row.resource_name, row.id
    for column, parent in row.inherits_from.items():
        if record_id := _before(row, column):
            yield parent, record_id


def _share(
    session: Session, caller: Caller, resource: str, record_id: str, levels: tuple[str, ...]
) -> str | None:
    if not levels:
        return None
    return session.scalars(
        select(ShareRow.id)
        .where(
            ShareRow.resource == resource,
            ShareRow.record_id == record_id,
            ShareRow.delete_time.is_(None),
            ShareRow.level.in_(levels),
            or_(ShareRow.user_id == caller.user_id, ShareRow.team_id.in_(caller.team_ids)),
            or_(ShareRow.expire_time.is_(None), ShareRow.expire_time > func.now()),
        )
        .limit(1)
    ).first()
