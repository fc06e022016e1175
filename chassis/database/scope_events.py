"""What a session does by itself about record scope: conditions on what it reads, updates and
deletes; a check of what it is about to write.
"""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from chassis.database.base import OwnedRow
from chassis.database.decision import decide, in_scope
from chassis.database.scope import Access, Reach, access_of, condition, values
from chassis.errors import PermissionDenied
from chassis.grpc.grants import Scope

_Limited = tuple[tuple[type[OwnedRow], Reach], ...]
# Statements that are built once are given their conditions once, too: making the copy costs more
# than the condition does.
_SCOPED: WeakKeyDictionary[Any, dict[_Limited, Any]] = WeakKeyDictionary()
_OWNED: dict[Any, tuple[type[OwnedRow], ...]] = {}


def check_new(access: Access | None, table: type[Any], row: Any) -> None:
    """Raises PermissionDenied when a new row would lie outside of the caller's scope.

    Called for drafts, which no flush sees. Rows that the rules of another resource's RPC make are
    the rules' own affair.
    """
    if (
        access is None
        or not issubclass(table, OwnedRow)
        or not access.is_about(table.resource_name)
    ):
        return
    scope = access.reach(table.resource_name).scope
    if scope is None or not in_scope(access.caller, scope, row.owner_id, row.team_id):
        raise _beyond(access)


@event.listens_for(Session, "do_orm_execute")
def _add_scope(state: ORMExecuteState) -> Any:
    if state.bind_mapper is None or state.is_column_load or not _reads_rows(state):
        return None
    access = access_of(state.session)
    limited = _limited(state.bind_mapper, access) if access is not None else ()
    if access is None or not limited:
        return None
    statement: Any = state.statement
    by_reach = _SCOPED.setdefault(statement, {})
    scoped = by_reach.get(limited)
    if scoped is None:
        scoped = by_reach[limited] = statement.options(
            *(
                with_loader_criteria(table, condition(table, reach), include_aliases=True)
                for table, reach in limited
            )
        )
    if state.parameters is None:
        state.parameters = {}
    return state.invoke_statement(statement=scoped, params=values(access.caller))


def _reads_rows(state: ORMExecuteState) -> bool:
    return state.is_select or state.is_update or state.is_delete


def _limited(mapper: Any, access: Access) -> _Limited:
    """The owned tables of a database in which the caller does not reach everything.

    All of them, not only those that a statement begins with: it may join others.
    """
    known = _OWNED.get(mapper.registry)
    if known is None:
        known = _OWNED[mapper.registry] = tuple(
            mapped.class_
            for mapped in mapper.registry.mappers
            if issubclass(mapped.class_, OwnedRow)
        )
    return tuple(
        (table, reach)
        for table in known
        if (reach := access.reach(table.resource_name)).scope != Scope.ALL
    )


@event.listens_for(Session, "before_flush")
def _check_writes(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    access = access_of(session)
    if access is None:
        return
    for row in session.new:
        check_new(access, type(row), row)
    for row in (*session.dirty, *session.deleted):
        changes = row in session.deleted or session.is_modified(row)
        if changes and isinstance(row, OwnedRow) and decide(session, access, row) is None:
            raise _beyond(access)


def _beyond(access: Access) -> PermissionDenied:
    return PermissionDenied(
        "OUT_OF_SCOPE",
        f"The grant of {access.permission} does not reach a record of this owner or team.",
        metadata={"permission": access.permission},
    )
