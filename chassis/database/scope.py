"""Record scope: the condition of the rows that somebody may see.

A session knows on whose behalf it works. `scope_events` adds the condition to every statement of
the ORM; `decision` says the same in Python, for one row.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Uuid, any_, bindparam, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from chassis.database.base import OwnedRow
from chassis.database.tables import ShareRow
from chassis.grpc.grants import Scope
from chassis.grpc.identity import Caller

_ID = Uuid(as_uuid=False)
_IDS = ARRAY(_ID)
_ACCESS = "wasl.access"
# What a share opens to read, and what it never opens; all other verbs change the record.
_READS = frozenset({"get", "list", "export", "run"})
_NEVER_BY_SHARE = frozenset({"create", "delete", "undelete", "import"})


@dataclass(frozen=True)
class Reach:
    """How far a permission goes on one resource: a scope, and the levels of shares that count."""

    scope: Scope | None
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Access:
    """On whose behalf a session works, and with which permission of which service."""

    caller: Caller
    service: str
    permission: str = ""
    _reaches: dict[str, Reach] = field(default_factory=dict, compare=False, repr=False)

    def reach(self, resource: str) -> Reach:
        """How far the caller reaches into a resource.

        With the permission of the RPC where that is about the resource, else with its `get`: who
        may not see a record cannot use it for something else.
        """
        known = self._reaches.get(resource)
        if known is None:
            permission = self.permission if self.is_about(resource) else f"{resource}.get"
            permission = permission.replace("{service}", self.service)
            known = self._reaches[resource] = reach_of(self.caller, permission)
        return known

    def is_about(self, resource: str) -> bool:
        """Whether the permission of the RPC is one of this resource."""
        noun = self.permission.rpartition(".")[0]
        return noun == resource.replace("{service}", self.service)


def reach_of(caller: Caller, permission: str) -> Reach:
    """How far a permission goes for a caller."""
    scope = caller.scope(permission)
    verb = permission.rpartition(".")[2]
    if scope is None or verb in _NEVER_BY_SHARE:
        return Reach(scope)
    return Reach(scope, ("READ", "WRITE") if verb in _READS else ("WRITE",))


def work_for(session: Session, access: Access | None) -> None:
    """Tells a session on whose behalf it works; None is Wasl itself, which sees everything."""
    session.info[_ACCESS] = access


def access_of(session: Session) -> Access | None:
    """On whose behalf a session works. RuntimeError when nobody has said so."""
    try:
        access: Access | None = session.info[_ACCESS]
    except KeyError:
        raise RuntimeError("a session must be told on whose behalf it works") from None
    return access


@contextmanager
def beyond_scope(session: Session) -> Iterator[None]:
    """Lets rules see every record for a while, where what is true of all of them decides.

    What they find must not be told to the caller. Each use is a named escape.
    """
    access = access_of(session)
    work_for(session, None)
    try:
        yield
    finally:
        work_for(session, access)


def visible(session: Session, table: type[OwnedRow]) -> ColumnElement[bool] | None:
    """The condition of the rows that the session may see, its values bound; None: all of them.

    For statements that are not of the ORM, which get it by themselves.
    """
    access = access_of(session)
    reach = access.reach(table.resource_name) if access is not None else None
    if access is None or reach is None or reach.scope == Scope.ALL:
        return None
    return condition(table, reach, _bound(values(access.caller)))


@dataclass(frozen=True)
class Parameters:
    """What stands in a condition for the caller: parameters that get their values later, or now."""

    user: BindParameter[str]
    teams: BindParameter[Any]
    below: BindParameter[Any]


UNBOUND = Parameters(
    user=bindparam("scope_user", type_=_ID),
    teams=bindparam("scope_teams", type_=_IDS),
    below=bindparam("scope_below", type_=_IDS),
)


def _bound(known: Mapping[str, Any]) -> Parameters:
    return Parameters(
        user=bindparam("scope_user", known["scope_user"], type_=_ID),
        teams=bindparam("scope_teams", known["scope_teams"], type_=_IDS),
        below=bindparam("scope_below", known["scope_below"], type_=_IDS),
    )


def condition(table: type[OwnedRow], reach: Reach, by: Parameters = UNBOUND) -> ColumnElement[bool]:
    """The condition of the rows of a table within a reach; `values` are bound to it."""
    row: Any = table
    if reach.scope is None:
        return false()
    ways: list[ColumnElement[bool]] = [row.owner_id == by.user]
    if reach.scope == Scope.TEAM:
        ways.append(row.team_id == any_(by.teams))
    if reach.scope == Scope.SUBTREE:
        ways.append(row.team_id == any_(by.below))
    if reach.levels:
        opened = {"id": table.resource_name, **table.inherits_from}
        ways += [
            getattr(row, column) == any_(_shared(resource, reach.levels, by))
            for column, resource in opened.items()
        ]
    return or_(*ways)


def values(caller: Caller) -> dict[str, Any]:
    """What is bound to a condition for a caller."""
    return {
        "scope_user": caller.user_id,
        "scope_teams": list(caller.team_ids),
        "scope_below": list(caller.below_ids),
    }


def _shared(resource: str, levels: tuple[str, ...], by: Parameters) -> ColumnElement[Any]:
    # An array from a subquery that runs once, and not IN: PostgreSQL can look an array up in an
    # index, and so answers all the ways together from indexes (BitmapOr).
    shares = select(ShareRow.record_id).where(
        ShareRow.resource == resource,
        ShareRow.delete_time.is_(None),
        ShareRow.level.in_(levels),
        or_(
            ShareRow.user_id == by.user,
            ShareRow.team_id == any_(by.teams),
        ),
        or_(ShareRow.expire_time.is_(None), ShareRow.expire_time > func.now()),
    )
    return func.array(shares.scalar_subquery(), type_=_IDS)
