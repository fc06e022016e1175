"""Roles: the standard methods."""

from chassis.resources.resource import Resource
from services.identity.rules.role import prepare_role, refuse_used_role
from services.identity.tables.role import RoleRow
from wasl.identity.v1 import events_pb, role_service_pb
from wasl.identity.v1.role_pb import Role


def _searched(row: RoleRow) -> tuple[str, ...]:
    return (row.key, *row.label.values())


ROLES = Resource(
    message=Role,
    table=RoleRow,
    service_pb=role_service_pb,
    events_pb=events_pb,
    name="identity.roles",
    sortable=("create_time", "update_time", "key"),
    searched=_searched,
    keys={"key": "key"},
    read_only=("built_in",),
    prepare=prepare_role,
    before_delete=refuse_used_role,
)
