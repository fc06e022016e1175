"""What may be written of a role."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.database.session import unit_of_work
from chassis.errors import FailedPrecondition, PermissionDenied, invalid_field
from chassis.grpc.call import Call
from chassis.grpc.catalogue import field_groups, is_permission
from chassis.resources.changes import announce
from chassis.resources.resource import Resource, Write
from chassis.resources.standard import fill_search, now
from chassis.service import Runtime
from services.identity.rules.grant import from_texts, holds, of_role, refuse_to_exceed, united
from services.identity.rules.ready_made_roles import READY_MADE_ROLES, ReadyMadeRole
from services.identity.tables.api_key import ApiKeyRow
from services.identity.tables.role import RoleRow
from services.identity.tables.user import UserRow

# Of the roles that come with Wasl also what later services will offer, so that they can be copied.
_FORESEEN = frozenset(pattern for role in READY_MADE_ROLES for pattern, _ in role.grants)


def prepare_role(call: Call, row: RoleRow, write: Write) -> None:
    """Checks what a role grants and hides.

    Raises FailedPrecondition BUILT_IN_ROLE for one that comes with Wasl, InvalidArgument for a
    permission or a group of fields there is not, PermissionDenied for more than the caller holds.
    """
    refuse_built_in(row)
    if write.is_new:
        row.built_in = False
    for place, (pattern, _) in enumerate(of_role(row.grants)):
        if pattern not in _FORESEEN and not is_permission(pattern):
            raise invalid_field(
                f"role.grants[{place}].permission",
                f"there is no permission {pattern}",
                reason="UNKNOWN_PERMISSION",
            )
    known = {group.name for group in field_groups()}
    for place, name in enumerate(row.hidden_fields):
        if name not in known:
            raise invalid_field(
                f"role.hiddenFields[{place}]",
                f"there is no group of fields {name}",
                reason="UNKNOWN_FIELD_GROUP",
            )
    if write.is_new or write.fields & {"grants", "hidden_fields"}:
        refuse_roles_beyond(call, [row])


def refuse_built_in(row: RoleRow) -> None:
    """Raises FailedPrecondition for a role that comes with Wasl."""
    if row.built_in:
        raise FailedPrecondition(
            "BUILT_IN_ROLE", f"The role {row.key} comes with Wasl; copy it to adapt it."
        )


def refuse_used_role(call: Call, row: RoleRow) -> None:
    """Raises FailedPrecondition for a role that comes with Wasl, or that anybody has."""
    refuse_built_in(row)
    people = select(UserRow.id).where(
        UserRow.role_ids.contains([row.id]), UserRow.delete_time.is_(None)
    )
    keys = select(ApiKeyRow.id).where(
        ApiKeyRow.role_ids.contains([row.id]), ApiKeyRow.delete_time.is_(None)
    )
    if call.session.scalar(select(people.exists() | keys.exists())):
        raise FailedPrecondition("ROLE_IN_USE", "People or API keys still have this role.")


def roles_of(session: Session, ids: Iterable[str]) -> list[RoleRow]:
    """The roles with these ids that are not deleted."""
    wanted = list(ids)
    if not wanted:
        return []
    return list(
        session.scalars(
            select(RoleRow).where(RoleRow.id.in_(wanted), RoleRow.delete_time.is_(None))
        )
    )


def refuse_roles_beyond(call: Call, roles: Iterable[RoleRow]) -> None:
    """Raises PermissionDenied GRANT_EXCEEDS_OWN for a role with more than the caller holds."""
    for role in roles:
        refuse_to_exceed(
            call,
            united([of_role(role.grants)]),
            hidden=role.hidden_fields,
            what=f"The role {role.key}",
        )


def refuse_more_powerful(call: Call, row: UserRow, *, role_ids: list[str] | None = None) -> None:
    """Raises PermissionDenied when a person holds what the caller does not.

    Else who may change users could take over an administrator: by another address, a new password
    or a key that acts as them.
    """
    roles = roles_of(call.session, row.role_ids if role_ids is None else role_ids)
    own = from_texts(call.caller.grants)
    for pattern, scope in united(of_role(role.grants) for role in roles).items():
        if not holds(own, pattern, scope):
            raise PermissionDenied(
                "GRANT_EXCEEDS_OWN",
                f"This person may {pattern} ({scope}), which you may not.",
                metadata={"permission": pattern, "scope": scope},
            )


def make_ready_made_roles(runtime: Runtime) -> None:
    """Makes the roles that come with Wasl, or brings them to what this release says of them."""
    roles = runtime.service.by_name["identity.roles"]
    with unit_of_work(runtime.direct_engine) as session:
        # Two pods may migrate at the same time.
        session.execute(select(func.pg_advisory_xact_lock(2)))
        for role in READY_MADE_ROLES:
            _make(session, roles, role, service=runtime.name)


def _make(session: Session, roles: Resource, role: ReadyMadeRole, *, service: str) -> None:
    row = session.get(RoleRow, role.id)
    wanted = _values(role)
    if row is None:
        row = RoleRow(id=role.id, create_time=now(), update_time=now(), **wanted)
        session.add(row)
        before = None
    elif all(getattr(row, name) == value for name, value in wanted.items()):
        return
    else:
        before = roles.mapping.from_row(row)
        for name, value in wanted.items():
            setattr(row, name, value)
        row.update_time = now()
    fill_search(roles, row)
    session.flush()
    after = roles.mapping.from_row(row)
    announce(
        session,
        roles,
        "Created" if before is None else "Updated",
        service=service,
        after=after,
        before=before,
    )


def _values(role: ReadyMadeRole) -> dict[str, Any]:
    return {
        "key": role.key,
        "label": dict(role.label),
        "description": dict(role.description),
        "grants": [{"permission": pattern, "scope": scope} for pattern, scope in role.grants],
        "hidden_fields": list(role.hides),
        "built_in": True,
        "delete_time": None,
    }
